//! Queries and forms.

use frontgate::admin::parameters::Parameters;
use proptest::prelude::*;

#[test]
fn values_are_read_trimmed_or_exactly_and_empty_ones_count_as_absent() {
    let given = Parameters::parse(b"a=+x+&b=&c=1&c=2&c=+&password=+p+&a=y");
    assert_eq!(
        (given.get("a"), given.get("b"), given.get("d")),
        (Some("x"), None, None)
    );
    assert_eq!(given.exact("password"), Some(" p "));
    assert_eq!(given.all("c").collect::<Vec<_>>(), ["1", "2"]);
}

#[test]
fn a_link_keeps_what_is_set_and_nothing_else() {
    let given = Parameters::parse(b"user=ada%40example.com&ip=&older=x&q=a+%26+b");
    assert_eq!(
        given.without(&["older"]).to_string(),
        "user=ada%40example.com&q=a+%26+b"
    );
    assert_eq!(
        given.with("older", "o&1").to_string(),
        "user=ada%40example.com&q=a+%26+b&older=o%261"
    );
}

proptest! {
    #[test]
    fn any_bytes_are_parameters_and_come_back_as_they_were_read(bytes: Vec<u8>) {
        let read = Parameters::parse(&bytes);
        prop_assert!(read.pairs().all(|(name, value)| !name.contains('\0') && !value.contains('\0')));
        prop_assert_eq!(Parameters::parse(read.to_string().as_bytes()), read);
    }
}
