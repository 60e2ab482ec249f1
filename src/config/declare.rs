//! The macro that declares a group of settings, each exactly once.

/// What is known of a setting before it has a value.
#[derive(Clone, Copy, Debug)]
pub struct Declaration {
    /// Its name in `frontgate.toml`, and its flag in documentation.
    pub name: &'static str,
    /// Its built-in default, as one would write it.
    pub default: &'static str,
    /// What it does, as its declaration documents it.
    pub documentation: &'static [&'static str],
}

/// Declares a struct of settings. Every field is documented, typed and given its
/// default in one place; the struct learns to read itself from the sources.
macro_rules! settings {
    (
        $(#[$meta:meta])*
        pub struct $group:ident {
            $(
                $(#[doc = $doc:literal])+
                $name:ident: $kind:ty = $default:literal,
            )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug)]
        pub struct $group {
            $( $(#[doc = $doc])+ pub $name: $kind, )+
        }

        impl $group {
            /// Every setting of this group, in the order of their declaration.
            pub const DECLARATIONS: &'static [$crate::config::Declaration] = &[
                $( $crate::config::Declaration {
                    name: stringify!($name),
                    default: $default,
                    documentation: &[$($doc),+],
                }, )+
            ];

            pub(super) fn read(values: &mut $crate::config::source::Values) -> Self {
                Self { $( $name: values.take(stringify!($name), $default), )+ }
            }
        }
    };
}
pub(super) use settings;
