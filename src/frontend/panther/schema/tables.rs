//! The keys of each AnalysisType.

use super::{Shape, Table, map, may, need};
use crate::frontend::panther::keys::QUERY_KEYS;

const TEXTS: Shape = Shape::List(&Shape::Text);

const MOCKS: Shape =
    Shape::List(&Shape::Map(&map(&[need("objectName", Shape::Text), need("returnValue", Shape::Any)])));

const TESTS: Shape = Shape::List(&Shape::Map(&map(&[
    need("Name", Shape::Text),
    need("ExpectedResult", Shape::Bool),
    need("Log", Shape::Any),
    may("LogType", Shape::Text),
    may("ExpectedDestinations", TEXTS),
    may("Mocks", MOCKS),
])));

const POLICY_TESTS: Shape = Shape::List(&Shape::Map(&map(&[
    need("Name", Shape::Text),
    need("ExpectedResult", Shape::Bool),
    need("Resource", Shape::Any),
    may("ResourceType", Shape::Text),
    may("Mocks", MOCKS),
])));

const OUTPUT_TESTS: Shape = Shape::List(&Shape::Map(&map(&[
    need("Name", Shape::Text),
    need("ExpectedResult", Shape::Bool),
    need("RuleOutputs", Shape::List(&Shape::Map(&map(&[need("ID", Shape::Text), may("Matches", Shape::Object)])))),
])));

const SCHEDULE: Shape = Shape::Map(&Table {
    keys: &[may("CronExpression", Shape::Text), may("RateMinutes", Shape::Int), need("TimeoutMinutes", Shape::Int)],
    one_of: &[&["CronExpression", "RateMinutes"]],
});

pub(super) const RULE: Table = Table {
    keys: &[
        may(
            "AlertContext",
            Shape::List(&Shape::Map(&map(&[need("KeyName", Shape::Text), need("KeyValue", Shape::Object)]))),
        ),
        may("AlertTitle", Shape::Text),
        may("BaseDetection", Shape::Id),
        may("CreateAlert", Shape::Bool),
        may("CreatedBy", Shape::Text),
        may("DedupPeriodMinutes", Shape::Int),
        may("Description", Shape::Text),
        may("Detection", Shape::Any),
        may("DisplayName", Shape::Id),
        may(
            "DynamicSeverities",
            Shape::List(&Shape::Map(&map(&[
                need("ChangeTo", Shape::Text),
                need("Conditions", Shape::List(&Shape::Object)),
            ]))),
        ),
        need("Enabled", Shape::Bool),
        may("Filename", Shape::Text),
        may("GroupBy", Shape::List(&Shape::Object)),
        may("InlineFilters", Shape::Any),
        may("LogTypes", TEXTS),
        may("OnlyUseBaseRiskScore", Shape::Bool),
        may("OutputIds", TEXTS),
        may("Reference", Shape::Text),
        may("Reports", Shape::Lists),
        may("Runbook", Shape::Text),
        may("ScheduledQueries", TEXTS),
        need("Severity", Shape::Text),
        may("Status", Shape::Text),
        may("SummaryAttributes", TEXTS),
        may("Tags", TEXTS),
        may("Tests", TESTS),
        may("Threshold", Shape::Int),
    ],
    one_of: &[&["Filename", "Detection"], &["LogTypes", "ScheduledQueries"]],
};

/// A rule with a `BaseDetection`: what it does not say is the base's.
pub(super) const DERIVED: Table = map(&[
    may("AlertContext", Shape::Any),
    may("AlertTitle", Shape::Text),
    need("BaseDetection", Shape::Id),
    may("CreateAlert", Shape::Bool),
    may("DedupPeriodMinutes", Shape::Int),
    may("Description", Shape::Text),
    may("DisplayName", Shape::Id),
    may("DynamicSeverities", Shape::Any),
    may("Enabled", Shape::Bool),
    may("GroupBy", Shape::Any),
    may("InlineFilters", Shape::Any),
    may("OnlyUseBaseRiskScore", Shape::Bool),
    may("OutputIds", TEXTS),
    may("Reference", Shape::Text),
    may("Reports", Shape::Lists),
    may("Runbook", Shape::Text),
    may("Severity", Shape::Text),
    may("Status", Shape::Text),
    may("SummaryAttributes", TEXTS),
    may("Tags", TEXTS),
    may("Tests", Shape::Any),
    may("Threshold", Shape::Int),
]);

const RESOURCE_TYPES: Shape = Shape::List(&Shape::OneOf(&[
    "AWS.ACM.Certificate",
    "AWS.CloudFormation.Stack",
    "AWS.CloudTrail",
    "AWS.CloudTrail.Meta",
    "AWS.CloudWatch.LogGroup",
    "AWS.Config.Recorder",
    "AWS.Config.Recorder.Meta",
    "AWS.DynamoDB.Table",
    "AWS.EC2.AMI",
    "AWS.EC2.Instance",
    "AWS.EC2.NetworkACL",
    "AWS.EC2.SecurityGroup",
    "AWS.EC2.Volume",
    "AWS.EC2.VPC",
    "AWS.ECS.Cluster",
    "AWS.EKS.Cluster",
    "AWS.ELBV2.ApplicationLoadBalancer",
    "AWS.GuardDuty.Detector",
    "AWS.GuardDuty.Detector.Meta",
    "AWS.IAM.Group",
    "AWS.IAM.Policy",
    "AWS.IAM.Role",
    "AWS.IAM.RootUser",
    "AWS.IAM.User",
    "AWS.KMS.Key",
    "AWS.Lambda.Function",
    "AWS.PasswordPolicy",
    "AWS.RDS.Instance",
    "AWS.Redshift.Cluster",
    "AWS.Route53.HostedZone",
    "AWS.Route53Domains",
    "AWS.S3.Bucket",
    "AWS.WAF.Regional.WebACL",
    "AWS.WAF.WebACL",
]));

pub(super) const POLICY: Table = map(&[
    may("ActionDelaySeconds", Shape::Int),
    may("AutoRemediationID", Shape::Text),
    may("AutoRemediationParameters", Shape::Object),
    may("CreatedBy", Shape::Text),
    may("Description", Shape::Text),
    may("DisplayName", Shape::Id),
    need("Enabled", Shape::Bool),
    need("Filename", Shape::Text),
    may("OnlyUseBaseRiskScore", Shape::Bool),
    may("OutputIds", TEXTS),
    may("Reference", Shape::Text),
    may("Reports", Shape::Lists),
    may("ResourceTypes", RESOURCE_TYPES),
    may("Runbook", Shape::Text),
    need("Severity", Shape::Text),
    may("Status", Shape::Text),
    may("Suppressions", TEXTS),
    may("Tags", TEXTS),
    may("Tests", POLICY_TESTS),
]);

const ELEMENTS: Shape = Shape::List(&Shape::Map(&map(&[
    need("RuleID", Shape::Text),
    may("ID", Shape::Text),
    may("MinMatchCount", Shape::Int),
    may("MaxMatchCount", Shape::Int),
    may("Absence", Shape::Bool),
])));

const TRANSITIONS: Shape = Shape::List(&Shape::Map(&map(&[
    may("ID", Shape::Text),
    need("From", Shape::Text),
    need("To", Shape::Text),
    may("WithinTimeFrameMinutes", Shape::Int),
    may(
        "Match",
        Shape::List(&Shape::Map(&Table {
            keys: &[may("On", Shape::Text), may("From", Shape::Text), may("To", Shape::Text)],
            one_of: &[&["On", "From"], &["On", "To"]],
        })),
    ),
])));

pub(super) const CORRELATION: Table = map(&[
    may("CreateAlert", Shape::Bool),
    may("CreatedBy", Shape::Text),
    may("Description", Shape::Text),
    need(
        "Detection",
        Shape::List(&Shape::Map(&Table {
            keys: &[
                may("Sequence", ELEMENTS),
                may("Group", ELEMENTS),
                may("Transitions", TRANSITIONS),
                may("MatchCriteria", Shape::Object),
                may("MinMatchCount", Shape::Int),
                need("Schedule", SCHEDULE),
                may("LookbackWindowMinutes", Shape::Int),
                may("EventEvaluationOrder", Shape::OneOf(&["Chronological", "ReverseChronological"])),
            ],
            one_of: &[&["Sequence", "Group"]],
        })),
    ),
    may("DisplayName", Shape::Id),
    need("Enabled", Shape::Bool),
    may("OnlyUseBaseRiskScore", Shape::Bool),
    may("OutputIds", TEXTS),
    may("Reference", Shape::Text),
    may("Reports", Shape::Lists),
    may("Runbook", Shape::Text),
    need("Severity", Shape::Text),
    may("Status", Shape::Text),
    may("SummaryAttributes", TEXTS),
    may("Tags", TEXTS),
    may("Tests", OUTPUT_TESTS),
]);

pub(super) const LOOKUP: Table = map(&[
    may("AthenaQuery", Shape::Text),
    may("DatabricksQuery", Shape::Text),
    may("Description", Shape::Text),
    need("Enabled", Shape::Bool),
    may("Filename", Shape::Text),
    may("Indicators", Shape::List(&Shape::Map(&map(&[need("Field", Shape::Text), need("Indicators", TEXTS)])))),
    need(
        "LogTypeMap",
        Shape::Map(&map(&[
            need("PrimaryKey", Shape::Text),
            may(
                "AssociatedLogTypes",
                Shape::List(&Shape::Map(&map(&[need("LogType", Shape::Text), may("Selectors", TEXTS)]))),
            ),
        ])),
    ),
    may("Query", Shape::Text),
    may("Reference", Shape::Text),
    may(
        "Refresh",
        Shape::Map(&map(&[
            may("ObjectPath", Shape::Text),
            may("PeriodMinutes", Shape::Int),
            may("CronExpression", Shape::Text),
            may("AlarmPeriodMinutes", Shape::Int),
            may("RoleARN", Shape::Text),
            may("ObjectKMSKey", Shape::Text),
            may("GCSCredentials", Shape::Text),
            may("StorageProvider", Shape::Text),
        ])),
    ),
    may("Schema", Shape::Text),
    may("SnowflakeQuery", Shape::Text),
    may("Validations", Shape::List(&Shape::Map(&map(&[need("Field", Shape::Text), need("Validations", TEXTS)])))),
]);

pub(super) const DATA_MODEL: Table = map(&[
    may("DisplayName", Shape::Id),
    need("Enabled", Shape::Bool),
    may("Filename", Shape::Text),
    need("LogTypes", TEXTS),
    need(
        "Mappings",
        Shape::List(&Shape::Map(&Table {
            keys: &[need("Name", Shape::Text), may("Path", Shape::Text), may("Method", Shape::Text)],
            one_of: &[&["Path", "Method"]],
        })),
    ),
]);

pub(super) const SAVED_QUERY: Table = Table {
    keys: &[
        may("AthenaQuery", Shape::Text),
        may("DatabricksQuery", Shape::Text),
        may("Description", Shape::Text),
        may("Lookback", Shape::Bool),
        may("LookbackWindowSeconds", Shape::Int),
        may("Query", Shape::Text),
        may("SnowflakeQuery", Shape::Text),
        may("Tags", TEXTS),
    ],
    one_of: &[&QUERY_KEYS],
};

pub(super) const SCHEDULED_QUERY: Table = Table {
    keys: &[
        may("AthenaQuery", Shape::Text),
        may("DatabricksQuery", Shape::Text),
        may("Description", Shape::Text),
        may(
            "EmailConfig",
            Shape::Map(&map(&[
                need("Recipients", TEXTS),
                may("SendEmpty", Shape::Bool),
                may("PreferAttachment", Shape::Bool),
            ])),
        ),
        need("Enabled", Shape::Bool),
        may("Lookback", Shape::Bool),
        may("LookbackWindowSeconds", Shape::Int),
        may("Query", Shape::Text),
        need("Schedule", SCHEDULE),
        may("SnowflakeQuery", Shape::Text),
        may("Tags", TEXTS),
    ],
    one_of: &[&QUERY_KEYS],
};

pub(super) const PROMPT: Table = map(&[
    may("Description", Shape::Text),
    need("DisplayName", Shape::Text),
    may("Enabled", Shape::Bool),
    may("OutputLength", Shape::OneOf(&["small", "medium", "largest"])),
    may("Private", Shape::Bool),
    need("PromptText", Shape::Text),
    need("RunAsUser", Shape::Text),
    need("Schedule", SCHEDULE),
]);

pub(super) const GLOBAL: Table =
    map(&[may("Description", Shape::Text), need("Filename", Shape::Text), may("Tags", TEXTS)]);

pub(super) const PACK: Table = map(&[
    may("Description", Shape::Text),
    may("DisplayName", Shape::Id),
    need("PackDefinition", Shape::Map(&map(&[need("IDs", TEXTS)]))),
]);
