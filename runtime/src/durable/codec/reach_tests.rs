//! What a codec sees and what it does not, as the module's documentation says it: facts about the SDK, which a new
//! version could change.

use super::{Chain, Payload, PayloadCodec, PayloadConversionError, SerializationContextData, samples::json};
use futures::{FutureExt as _, future::BoxFuture};
use temporalio_common::{
    payload_visitor::{PayloadVisitable, encode_payloads},
    protos::{
        coresdk::workflow_commands::WorkflowCommand,
        temporal::api::{
            common::v1::{Payloads, SearchAttributes},
            failure::v1::{ApplicationFailureInfo, Failure, failure::FailureInfo},
            sdk::v1::UserMetadata,
        },
    },
};

/// Makes every payload it sees empty.
struct Eraser;

impl PayloadCodec for Eraser {
    fn encode(
        &self,
        _: &SerializationContextData,
        payloads: Vec<Payload>,
    ) -> BoxFuture<'static, Result<Vec<Payload>, PayloadConversionError>> {
        async move { Ok(vec![Payload::default(); payloads.len()]) }.boxed()
    }

    fn decode(
        &self,
        _: &SerializationContextData,
        payloads: Vec<Payload>,
    ) -> BoxFuture<'static, Result<Vec<Payload>, PayloadConversionError>> {
        async move { Ok(payloads) }.boxed()
    }
}

async fn erase(message: &mut impl PayloadVisitable) {
    encode_payloads(message, &Chain::new().then(Eraser), &SerializationContextData::None).await.unwrap();
}

#[tokio::test]
async fn the_summary_of_a_command_is_encoded() {
    let metadata = UserMetadata { summary: Some(json("\"look it up\"")), details: None };
    let mut command = WorkflowCommand { user_metadata: Some(metadata), ..WorkflowCommand::default() };
    erase(&mut command).await;
    assert_eq!(command.user_metadata.unwrap().summary, Some(Payload::default()));
}

#[tokio::test]
async fn the_text_of_a_failure_is_not_encoded_but_its_details_are() {
    let details = Some(Payloads { payloads: vec![json("1")] });
    let info = ApplicationFailureInfo { details, ..ApplicationFailureInfo::default() };
    let mut failure = Failure {
        message: "no such city".to_owned(),
        failure_info: Some(FailureInfo::ApplicationFailureInfo(info)),
        encoded_attributes: Some(json("2")),
        ..Failure::default()
    };
    erase(&mut failure).await;
    assert_eq!(failure.message, "no such city");
    assert_eq!(failure.encoded_attributes, Some(Payload::default()));
    let Some(FailureInfo::ApplicationFailureInfo(info)) = failure.failure_info else { panic!("it was one") };
    assert_eq!(info.details.unwrap().payloads, [Payload::default()]);
}

#[tokio::test]
async fn search_attributes_are_not_encoded() {
    let mut attributes = SearchAttributes { indexed_fields: [("city".to_owned(), json("\"Ulm\""))].into() };
    erase(&mut attributes).await;
    assert_eq!(attributes.indexed_fields["city"], json("\"Ulm\""));
}
