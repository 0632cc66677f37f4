//! "Context management": what tools are given, and models do not see.

use steadfast::prelude::*;

/// Who is talking.
#[derive(Serialize, Deserialize)]
struct UserInfo {
    name: String,
    age: u32,
}

/// Fetch the age of the user. Call this function to get user's age information.
#[tool]
fn fetch_user_age(user: RunContext<UserInfo>) -> String {
    format!("The user {} is {} years old", user.name, user.age)
}

#[agent(model = "gpt-5.6-luna", instructions = "You help the user.", tools = [fetch_user_age])]
struct Assistant;

#[workflow]
pub(crate) async fn context() -> Result<String> {
    let user = UserInfo { name: "John".to_owned(), age: 47 };
    let run = Assistant.run("What is the age of the user?").context(&user).await?;
    Ok(run.output)
}
