//! The `erpintegrations` resource.

use serde::{Deserialize, Serialize};

/// The resource's fields, in requests and answers alike; all optional.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Integration {
    /// Which operation.
    pub operation_name: Option<String>,
    /// Document identifier.
    pub document_id: Option<String>,
    /// A zip in base64.
    pub document_content: Option<String>,
    /// File name.
    pub file_name: Option<String>,
    /// Type of the content.
    pub content_type: Option<String>,
    /// Which files to download.
    pub file_type: Option<String>,
    /// Content server account.
    pub document_account: Option<String>,
    /// Remarks.
    pub comments: Option<String>,
    /// Package and job, comma separated.
    pub job_name: Option<String>,
    /// Parameters of a bulk import's job.
    pub parameter_list: Option<String>,
    /// Notification code.
    pub notification_code: Option<String>,
    /// Callback.
    #[serde(rename = "CallbackURL")]
    pub callback_url: Option<String>,
    /// Job options.
    pub job_options: Option<String>,
    /// Request identifier.
    pub reqst_id: Option<String>,
    /// Status of a request, or its tree in JSON.
    pub request_status: Option<String>,
    /// Job package.
    pub job_package_name: Option<String>,
    /// Job definition.
    pub job_def_name: Option<String>,
    /// Arguments of a submitted job.
    #[serde(rename = "ESSParameters")]
    pub ess_parameters: Option<String>,
    /// Status code.
    pub status_code: Option<String>,
}
