//! Which role a process is asked to have, by its command line or its environment.

use super::Role;

/// Says it where the command line does not.
pub(crate) const VARIABLE: &str = "STEADFAST_ROLE";

/// The role that the process is asked to have: `--role NAME`, `--role=NAME`, or the first argument, else the environment.
/// An app without roles leaves the command line alone: it may mean something to the program.
///
/// # Errors
/// When there is no such role.
pub(crate) fn asked_for(
    roles: &[Role],
    arguments: impl IntoIterator<Item = String>,
    variable: Option<String>,
) -> Result<Option<String>, String> {
    let variable = variable.filter(|role| !role.is_empty());
    if roles.is_empty() {
        return match variable {
            Some(role) => Err(format!("`{VARIABLE}` asks for the role `{role}`, and the app has none; unset it")),
            None => Ok(None),
        };
    }
    match (in_arguments(arguments), variable) {
        (Some(role), _) if role.is_empty() => Err(format!("`--role` has no name after it; {}", list(roles))),
        (Some(role), _) => known(roles, role, "the command line asks for the").map(Some),
        (None, Some(role)) => known(roles, role, &format!("`{VARIABLE}` asks for the")).map(Some),
        (None, None) => Ok(None),
    }
}

/// The role, if there is one of that name; `asks` are the words before it in the message.
///
/// # Errors
/// When there is none.
pub(crate) fn known(roles: &[Role], role: String, asks: &str) -> Result<String, String> {
    if roles.iter().any(|known| known.name() == role) {
        return Ok(role);
    }
    Err(format!("{asks} role `{role}`, and there is none of that name; {}", list(roles)))
}

fn list(roles: &[Role]) -> String {
    let names: Vec<_> = roles.iter().map(|role| format!("`{}`", role.name())).collect();
    if names.is_empty() { "add one with `.role(..)`".to_owned() } else { format!("the roles are {}", names.join(", ")) }
}

/// What the command line says of a role; an empty name where it is missing.
fn in_arguments(arguments: impl IntoIterator<Item = String>) -> Option<String> {
    // The first is the program itself.
    let mut arguments = arguments.into_iter().skip(1).peekable();
    let first = arguments.peek().filter(|first| !first.starts_with('-')).cloned();
    while let Some(argument) = arguments.next() {
        if argument == "--role" {
            return Some(arguments.next().unwrap_or_default());
        }
        if let Some(role) = argument.strip_prefix("--role=") {
            return Some(role.to_owned());
        }
    }
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(arguments: &[&str], variable: Option<&str>) -> Result<Option<String>, String> {
        let roles = [Role::named("planner"), Role::named("search")];
        let arguments = std::iter::once("desk").chain(arguments.iter().copied()).map(str::to_owned);
        asked_for(&roles, arguments, variable.map(str::to_owned))
    }

    #[test]
    fn the_command_line_goes_before_the_environment() {
        let search = Ok(Some("search".to_owned()));
        assert_eq!(asked(&[], None), Ok(None));
        assert_eq!(asked(&[], Some("")), Ok(None));
        assert_eq!(asked(&[], Some("search")), search);
        for line in [&["search"][..], &["--role", "search"], &["--role=search"], &["-v", "--role", "search"]] {
            assert_eq!(asked(line, Some("planner")), search, "{line:?}");
        }
        assert_eq!(asked(&["-v"], None), Ok(None));
    }

    #[test]
    fn a_role_that_does_not_exist_is_answered_with_those_that_do() {
        assert_eq!(
            asked(&["serach"], None),
            Err("the command line asks for the role `serach`, and there is none of that name; the roles are `planner`, \
                 `search`"
                .to_owned())
        );
        assert!(asked(&[], Some("x")).is_err_and(|error| error.starts_with("`STEADFAST_ROLE` asks for the role `x`")));
        assert_eq!(
            asked(&["--role"], None),
            Err("`--role` has no name after it; the roles are `planner`, `search`".to_owned())
        );
    }

    #[test]
    fn an_app_without_roles_leaves_the_command_line_alone() {
        let line = || ["desk", "search", "--role", "x"].map(str::to_owned);
        assert_eq!(asked_for(&[], line(), None), Ok(None));
        let error = "`STEADFAST_ROLE` asks for the role `x`, and the app has none; unset it";
        assert_eq!(asked_for(&[], line(), Some("x".to_owned())), Err(error.to_owned()));
    }
}
