//! What clients say about themselves: remembered once for all who say the same.

use super::challenges::scheme;
use crate::base::hashed::Set;
use crate::rvp::auth::Authentication;
use crate::rvp::operation::Operation;
use crate::session::model::About;
use std::sync::Arc;

/// How many of them are shared: programs and schemes are few. What somebody says beyond that is remembered for each session.
const SHARED: usize = 1024;

/// All that was said.
#[derive(Debug, Default)]
pub(super) struct Abouts(Set<Arc<About>>);

impl Abouts {
    /// Takes note of what a request says.
    pub(super) fn learn(&mut self, about: &mut Option<Arc<About>>, operation: &Operation) {
        let authentication = operation.authentication.as_deref();
        if authentication.is_none() && operation.user_agent.is_none() {
            return;
        }
        if about.as_deref().is_some_and(|about| is_known(about, operation.user_agent.as_deref(), authentication)) {
            return;
        }
        let mut new = about.as_deref().cloned().unwrap_or_default();
        if operation.user_agent.is_some() {
            new.user_agent.clone_from(&operation.user_agent);
        }
        if let Some(authentication) = authentication {
            new.authentication = Some(Arc::from(&*scheme(&authentication.scheme)));
            if let Some(user) = authentication.user.as_deref() {
                new.authenticated_as = Some(match domain(authentication) {
                    Some(domain) => Arc::from(format!("{domain}\\{user}")),
                    None => Arc::from(user),
                });
            }
            if let Some(workstation) = authentication.workstation.as_deref() {
                new.workstation = Some(Arc::from(workstation));
            }
        }
        *about = Some(self.shared(new));
    }

    fn shared(&mut self, about: About) -> Arc<About> {
        if let Some(shared) = self.0.get(&about) {
            return Arc::clone(shared);
        }
        let about = Arc::new(about);
        // Names are nearly as many as sessions.
        if about.authenticated_as.is_none() && self.0.len() < SHARED {
            self.0.insert(Arc::clone(&about));
        }
        about
    }
}

/// Whether all that is said was said before.
fn is_known(about: &About, user_agent: Option<&str>, authentication: Option<&Authentication>) -> bool {
    user_agent.is_none_or(|user_agent| about.user_agent.as_deref() == Some(user_agent))
        && authentication.is_none_or(|said| {
            about.authentication.as_deref() == Some(&*scheme(&said.scheme))
                && said.user.as_deref().is_none_or(|user| about.authenticated_as.as_deref().is_some_and(|name| is_name(name, said, user)))
                && said.workstation.as_deref().is_none_or(|workstation| about.workstation.as_deref() == Some(workstation))
        })
}

/// Whether `name` is `DOMAIN\user`, or `user` where there is no domain.
fn is_name(name: &str, said: &Authentication, user: &str) -> bool {
    match domain(said) {
        Some(domain) => name.strip_prefix(domain).and_then(|rest| rest.strip_prefix('\\')) == Some(user),
        None => name == user,
    }
}

fn domain(said: &Authentication) -> Option<&str> {
    said.domain.as_deref().filter(|domain| !domain.is_empty())
}
