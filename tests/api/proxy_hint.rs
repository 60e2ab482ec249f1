//! What the log says of proxies that keep operators out of the admin.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use frontgate::client_address::ClientAddress;
use frontgate::clock::Uptime;
use frontgate::proxy_hint::{MAX_LINES_OF_PROXIES, ProxyHint, SILENCE};

fn second(seconds: u64) -> Uptime {
    let micros = Duration::from_secs(seconds).as_micros();
    Uptime::from_micros(i64::try_from(micros).unwrap())
}

fn address(number: u32) -> IpAddr {
    IpAddr::V4(Ipv4Addr::from(0x0a00_0000 + number))
}

#[test]
fn each_proxy_and_reason_has_one_line_a_minute() {
    let hint = ProxyHint::default();
    let unknown = [
        ClientAddress::NotNamed { by: address(1) },
        ClientAddress::OfProxy(address(1)),
        ClientAddress::NotNamed { by: address(2) },
        ClientAddress::OfProxy(address(2)),
    ];
    let silence = SILENCE.as_secs();
    for began in [0, silence, 5 * silence] {
        for one in unknown {
            assert!(hint.is_due(one, second(began)), "{one:?}");
        }
        for at in began..began + silence {
            let told = unknown.iter().filter(|one| hint.is_due(**one, second(at)));
            assert_eq!(told.count(), 0, "{at}");
        }
    }
}

#[test]
fn clients_that_choose_addresses_get_no_line_for_each() {
    let hint = ProxyHint::default();
    let told = |at: u64| {
        let tried =
            (0..10_000).filter(|n| hint.is_due(ClientAddress::OfProxy(address(*n)), second(at)));
        tried.count()
    };
    assert_eq!((told(0), told(1)), (MAX_LINES_OF_PROXIES, 0));
    assert_eq!(told(SILENCE.as_secs()), MAX_LINES_OF_PROXIES);
}
