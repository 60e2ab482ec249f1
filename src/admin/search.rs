//! What an operator looks for in a list: the filters as they were typed, and what is wrong
//! with them. `read` understands what was typed, and `show` shows it again in fields.

mod read;
mod show;

use actix_web::HttpRequest;
use diesel::QueryResult;

use super::parameters::Parameters;
use crate::app::App;
use crate::db::AnyConnection;
use crate::error::Error;

/// The parameter that says where in the list.
pub const CURSOR: &str = "page";
/// No more of what was typed is repeated in a complaint.
const REPEATED: usize = 40;

/// The filters of a list.
#[derive(Clone, Debug, Default)]
pub struct Search {
    given: Parameters,
    complaints: Vec<(&'static str, String)>,
}

impl Search {
    /// What the query of a request says.
    #[must_use]
    pub fn of(request: &HttpRequest) -> Self {
        Self::new(Parameters::parse(request.query_string().as_bytes()))
    }

    /// What these parameters say.
    #[must_use]
    pub fn new(given: Parameters) -> Self {
        Self {
            given,
            complaints: Vec::new(),
        }
    }

    /// What was typed, the place in the list included.
    #[must_use]
    pub fn given(&self) -> &Parameters {
        &self.given
    }

    /// What was typed, and no place in the list.
    #[must_use]
    pub fn filters(&self) -> Parameters {
        self.given.without(&[CURSOR])
    }

    /// Whether every filter could be read.
    #[must_use]
    pub fn is_right(&self) -> bool {
        self.complaints.is_empty()
    }

    /// The first of what is wrong, as a sentence.
    #[must_use]
    pub fn complaint(&self) -> Option<&str> {
        let first = self.complaints.first();
        first.map(|(_, complaint)| complaint.as_str())
    }

    /// A filter cannot be read: `why` goes on where what was typed ends, and says what to
    /// write instead.
    pub fn complain(&mut self, name: &'static str, typed: &str, why: &str) {
        let mut shown: String = typed.chars().take(REPEATED).collect();
        if shown.len() < typed.len() {
            shown.push('…');
        }
        self.complaints.push((name, format!("{shown} {why}")));
    }

    /// Reads the filters with `read`, and looks with `find` for what they say: for nothing
    /// where one of them could not be read.
    pub async fn look<F, Found: Default + Send + 'static>(
        mut self,
        app: &App,
        read: impl FnOnce(&mut AnyConnection, &mut Self) -> QueryResult<F> + Send + 'static,
        find: impl FnOnce(&mut AnyConnection, &Self, &F) -> Result<Found, Error> + Send + 'static,
    ) -> Result<(Self, Found), Error> {
        let looked = app.database.read(move |connection| {
            let filter = read(connection, &mut self)?;
            let found = if self.is_right() {
                find(connection, &self, &filter)?
            } else {
                Found::default()
            };
            Ok((self, found))
        });
        looked.await
    }
}
