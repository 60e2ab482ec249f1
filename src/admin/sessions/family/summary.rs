//! What a family tree shows, in sentences.

use super::{Again, Family, Step};

impl Family {
    /// What the tree shows: for those who do not see the picture, and above it for those who
    /// do.
    #[must_use]
    pub fn in_words(&self) -> String {
        let others = [self.answers_in_words(), self.refusal_in_words()];
        let others = others.into_iter().flatten();
        let told: Vec<_> = std::iter::once(self.issued_in_words())
            .chain(others)
            .collect();
        told.join(" ")
    }

    fn issued_in_words(&self) -> String {
        let gone = self.issued - i64::try_from(self.remembered).unwrap_or(self.issued);
        let gone = if gone > 0 {
            format!(", of which {gone} in between are gone")
        } else {
            String::new()
        };
        let places = match self.members().filter(|member| member.moved).count() {
            0 => "all used from one place".to_owned(),
            1 => "and the place changed once".to_owned(),
            moves => format!("and the place changed {moves} times"),
        };
        format!("{} issued{gone}, {places}.", tokens(self.issued))
    }

    fn answers_in_words(&self) -> Option<String> {
        let answered: usize = self.answers().map(|again| again.count).sum();
        let elsewhere = self.answers().filter(|again| again.elsewhere);
        let elsewhere: usize = elsewhere.map(|again| again.count).sum();
        match (answered, elsewhere) {
            (0, _) => None,
            (1, 0) => Some("One used token was answered again within the grace.".to_owned()),
            (1, _) => Some(
                "One used token was answered again within the grace, to another place than the one \
                 that had used it."
                    .to_owned(),
            ),
            (_, 0) => Some(format!(
                "Used tokens were answered again {answered} times within the grace."
            )),
            _ => Some(format!(
                "Used tokens were answered again {answered} times within the grace, {elsewhere} of \
                 these to another place than the one that had used the token."
            )),
        }
    }

    fn refusal_in_words(&self) -> Option<String> {
        let refused = self.again().any(|again| again.refused);
        refused.then(|| {
            "A used token came back after the grace: it was refused, and the session ended."
                .to_owned()
        })
    }

    fn answers(&self) -> impl Iterator<Item = &Again> {
        self.again().filter(|again| !again.refused)
    }

    fn again(&self) -> impl Iterator<Item = &Again> {
        self.steps.iter().flat_map(|step| match step {
            Step::Token(member) => &member.again,
            Step::Gone(gap) => &gap.again,
        })
    }
}

fn tokens(count: i64) -> String {
    match count {
        1 => "1 refresh token".to_owned(),
        _ => format!("{count} refresh tokens"),
    }
}
