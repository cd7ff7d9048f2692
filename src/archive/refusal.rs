//! Why an archive is not accepted: one variant for each rule, one clear sentence for each variant.
//!
//! Member names are made printable before they get in here, so a sentence can go to any page,
//! terminal or log.
use crate::base::rel_path::MAX_BYTES;
use crate::base::rel_path::MAX_DEPTH;
use crate::base::rel_path::MAX_PART_BYTES;
use crate::base::size::Bytes;
use crate::domain::archive::name::ArchiveKind;
use crate::domain::failure::{Advice, Code};
use crate::domain::monitor::Cancelled;

/// What is wrong with a name; each reads as the end of "NAME …".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameFault {
    #[error("has no name")]
    Empty,
    #[error("starts with ./ more than once, or has it where no program writes it")]
    DotSlash,
    #[error("is an absolute name, which would leave the camera's folder")]
    Absolute,
    #[error("has an empty, . or .. part, which could leave the camera's folder")]
    Part,
    #[error("holds a NUL byte")]
    Nul,
    #[error("is longer than {MAX_BYTES} bytes")]
    Long,
    #[error("has a part longer than {MAX_PART_BYTES} bytes, which no disk can hold")]
    LongPart,
    #[error("is nested deeper than {MAX_DEPTH} folders")]
    Deep,
    #[error("holds a control character")]
    Control,
    #[error("holds a character that changes the direction of writing, so that it looks like another name")]
    Direction,
    #[error("holds a backslash, which some systems take for a folder")]
    Backslash,
    #[error("starts with the name of a Windows drive")]
    Drive,
    #[error("is not text (UTF-8), which only pictures may be")]
    NotText,
    #[error("is a file whose name ends with a slash")]
    Slash,
}

impl NameFault {
    fn rule(self) -> &'static str {
        match self {
            NameFault::Empty => "name-empty",
            NameFault::DotSlash => "name-dot-slash",
            NameFault::Absolute => "name-absolute",
            NameFault::Part => "name-part",
            NameFault::Nul => "name-nul",
            NameFault::Long => "name-long",
            NameFault::LongPart => "name-long-part",
            NameFault::Deep => "name-deep",
            NameFault::Control => "name-control",
            NameFault::Direction => "name-direction",
            NameFault::Backslash => "name-backslash",
            NameFault::Drive => "name-drive",
            NameFault::NotText => "name-not-text",
            NameFault::Slash => "name-slash",
        }
    }
}

/// Why an archive is not accepted. Display is one clear sentence that names the member.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    #[error("the archive could not be read to its end")]
    Input(#[source] std::io::Error),

    #[error("this is not a .tar.gz archive: {what}")]
    NotGzip { what: &'static str },
    #[error("the gzip header at byte {offset} {what}")]
    GzipHeader { offset: u64, what: &'static str },
    #[error("{member} is damaged: near byte {offset} of the archive {what}")]
    Damaged { member: String, offset: u64, what: &'static str },
    #[error("the archive is cut off after {offset} bytes, in {member}")]
    Cut { member: String, offset: u64 },
    #[error("after the end of the compressed data, at byte {offset}, something else follows")]
    Trailing { offset: u64 },

    #[error("{member} goes beyond {} in all, more than an archive may hold", Bytes(*.limit))]
    TooLarge { member: String, limit: u64 },
    #[error("{member} swells to more than {ratio} times its size when it is unpacked")]
    Bomb { member: String, ratio: u64 },
    #[error("{member} is one more than the {limit} files and folders that an archive may hold")]
    TooMany { member: String, limit: u64 },
    #[error("{member} lies in one more than the {limit} folders that an archive may have")]
    ManyFolders { member: String, limit: u64 },
    #[error("with {member} the names in this archive take more than {} together", Bytes(*.limit))]
    LongNames { member: String, limit: u64 },
    #[error("the extended header before {member} takes {}, more than any name needs", Bytes(*.size))]
    LongExtension { member: String, size: u64 },

    #[error("this is not a .tar.gz archive: there is no tar inside the gzip file")]
    NotTar,
    #[error("the header of {member} has a wrong checksum")]
    Checksum { member: String },
    #[error("the header of {member} is of an unknown tar format")]
    Magic { member: String },
    #[error("the header of {member} is not readable: {field}")]
    Field { member: String, field: &'static str },
    #[error("{member} has two sizes, so that programs disagree on what the archive holds")]
    TwoSizes { member: String },
    #[error("the extended header of {member} is malformed: {what}")]
    Extended { member: String, what: &'static str },
    #[error("the extended header of {member} has the unknown key {key}")]
    ExtendedKey { member: String, key: String },
    #[error("the extended headers around {member} contradict each other: {what}")]
    Prefix { member: String, what: &'static str },
    #[error("the archive ends inside its list of members, after {member}, without an end mark")]
    NoEnd { member: String },
    #[error("after {member} stands half an end mark, and programs disagree on what comes after it")]
    HalfEnd { member: String },
    #[error("the archive goes on after its end mark, which follows {member}: something is hidden there")]
    AfterEnd { member: String },

    #[error("{member} is a {what} with content of its own, which programs read in different ways")]
    LinkContent { member: String, what: &'static str },
    #[error("{member} is a file and carries the target of a link, so that programs disagree on what it is")]
    LinkTarget { member: String },
    #[error("{member} is a device; backups hold files and folders only")]
    Device { member: String },
    #[error("{member} is a sparse file, which programs unpack differently")]
    Sparse { member: String },
    #[error("{member} is a contiguous file, a kind that no backup of a camera has")]
    Contiguous { member: String },
    #[error("{member} belongs to a tape or an archive in several volumes")]
    Volume { member: String },
    #[error("{member} is of the unknown type {kind:?}")]
    Type { member: String, kind: char },
    #[error("{member} is a folder with content of its own")]
    FolderContent { member: String },
    #[error("{member} would run with the rights of another user (setuid)")]
    SetId { member: String },

    #[error("{member} {fault}")]
    Name { member: String, fault: NameFault },
    #[error("{member} is where no backup of a camera has a file")]
    Place { member: String },
    #[error("{member} is there twice")]
    Twice { member: String },
    #[error("{member} differs from another member only in upper and lower case or in how its letters are encoded")]
    Twin { member: String },
    #[error("{member} is a file and a folder at once")]
    FileAndFolder { member: String },

    #[error("there is no metadata.json, so this is no Allsky backup")]
    NoMetadata,
    #[error("metadata.json takes {}, more than the {} that this archive may need", Bytes(*.size), Bytes(*.limit))]
    MetadataLarge { size: u64, limit: u64 },
    #[error("metadata.json is not understood: {what}")]
    Metadata { what: String },
    #[error("{member}, which tells what is not in the archive, is not understood")]
    LateFindings { member: String },
    #[error("metadata.json is nested deeper than {limit} levels")]
    MetadataDeep { limit: usize },
    #[error("metadata.json has the key {key} twice")]
    MetadataKeyTwice { key: String },
    #[error("metadata.json lists {member}, which {fault}")]
    ListedName { member: String, fault: NameFault },
    #[error("metadata.json gives {member} the mode {mode}, which is no file mode")]
    ListedMode { member: String, mode: String },
    #[error("metadata.json gives {member} to {owner}, which is no user or group")]
    ListedOwner { member: String, owner: String },
    #[error("metadata.json names {member} as {key}, and it is not in the archive")]
    NotThere { key: &'static str, member: String },
    #[error("metadata.json does not say the {key} of the camera")]
    Unsaid { key: &'static str },
    #[error("the archive has no {what}, so it is no {kind} backup of a camera")]
    Lacks { what: &'static str, kind: ArchiveKind },
    #[error("{member} has no place in a backup that says it holds {kind}")]
    WrongKind { member: String, kind: ArchiveKind },

    #[error("SHA256SUMS is not understood: {what} in line {line}")]
    Sums { line: u64, what: &'static str },
    #[error("{member} is not what SHA256SUMS says: its content was changed or damaged")]
    Sum { member: String },
    #[error("{member} has no line in SHA256SUMS")]
    Unsummed { member: String },
    #[error("SHA256SUMS names {member}, which is not in the archive")]
    NotSummed { member: String },
    #[error("this archive of ours has no SHA256SUMS any more: another program has packed it again and left that out")]
    Repacked,
    #[error("the archive is incomplete: its end is missing or changed, so it may have been cut or added to")]
    End,
}

impl Refusal {
    /// Short stable id of the rule, for JSON and tests.
    pub fn rule(&self) -> &'static str {
        use Refusal::*;
        match self {
            Cancelled(_) => "cancelled",
            Input(_) => "input",
            NotGzip { .. } => "not-gzip",
            GzipHeader { .. } => "gzip-header",
            Damaged { .. } => "damaged",
            Cut { .. } => "cut",
            Trailing { .. } => "trailing-bytes",
            TooLarge { .. } => "too-large",
            Bomb { .. } => "bomb",
            TooMany { .. } => "too-many",
            ManyFolders { .. } => "many-folders",
            LongNames { .. } => "long-names",
            LongExtension { .. } => "long-extension",
            NotTar => "not-tar",
            Checksum { .. } => "header-checksum",
            Magic { .. } => "header-magic",
            Field { .. } => "header-field",
            TwoSizes { .. } => "two-sizes",
            Extended { .. } => "extended-header",
            ExtendedKey { .. } => "extended-key",
            Prefix { .. } => "prefix",
            NoEnd { .. } => "no-end",
            HalfEnd { .. } => "half-end",
            AfterEnd { .. } => "after-end",
            LinkContent { .. } => "link-content",
            LinkTarget { .. } => "link-target",
            Device { .. } => "device",
            Sparse { .. } => "sparse",
            Contiguous { .. } => "contiguous",
            Volume { .. } => "volume",
            Type { .. } => "unknown-type",
            FolderContent { .. } => "folder-content",
            SetId { .. } => "set-id",
            Name { fault, .. } => fault.rule(),
            Place { .. } => "place",
            Twice { .. } => "twice",
            Twin { .. } => "twin",
            FileAndFolder { .. } => "file-and-folder",
            NoMetadata => "no-metadata",
            MetadataLarge { .. } => "metadata-large",
            Metadata { .. } => "metadata",
            LateFindings { .. } => "late-findings",
            MetadataDeep { .. } => "metadata-deep",
            MetadataKeyTwice { .. } => "metadata-key-twice",
            ListedName { .. } => "listed-name",
            ListedMode { .. } => "listed-mode",
            ListedOwner { .. } => "listed-owner",
            NotThere { .. } => "not-there",
            Unsaid { .. } => "unsaid",
            Lacks { .. } => "lacks",
            WrongKind { .. } => "wrong-kind",
            Sums { .. } => "sums",
            Sum { .. } => "sum",
            Unsummed { .. } => "unsummed",
            NotSummed { .. } => "not-summed",
            Repacked => "repacked",
            End => "end",
        }
    }
}

impl Advice for Refusal {
    fn code(&self) -> Code {
        match self {
            Refusal::Cancelled(_) => Code::Cancelled,
            Refusal::Input(_) => Code::Failed,
            Refusal::Damaged { .. } | Refusal::Cut { .. } | Refusal::Sum { .. } | Refusal::End => Code::Damaged,
            _ => Code::Refused,
        }
    }

    fn advice(&self) -> String {
        match self.code() {
            Code::Cancelled => "Nothing was kept; start again whenever you like.",
            Code::Failed => "Check the connection or the disk it comes from, then try again.",
            Code::Damaged => "Fetch the file again from where it came from, or use another backup.",
            _ => match self {
                Refusal::NotGzip { .. } | Refusal::NotTar | Refusal::NoMetadata | Refusal::Lacks { .. } => {
                    "Choose a file that the Backups page of an Allsky camera made; its name ends with .tar.gz."
                }
                Refusal::Repacked => {
                    "Use the archive as it was downloaded; or pack all of its members again, SHA256SUMS among them."
                }
                Refusal::TooMany { .. } | Refusal::ManyFolders { .. } | Refusal::LongNames { .. } => {
                    "If this program made it, copy the file into the backups folder by hand; it is read there whatever its size. Else do not trust it."
                }
                Refusal::Name { fault: NameFault::DotSlash, .. } => {
                    "Use the archive as the camera made it, not one that was packed again by hand."
                }
                _ => "Nothing of it was kept; use the archive as the camera made it, and do not trust this one.",
            },
        }
        .to_owned()
    }
}
