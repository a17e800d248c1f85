//! What the tokenizer finds, put together for the tree builder.
//!
//! Enters: pieces of names, values and text, called in by html5gum. Leaves: whole tags and texts, passed to the [`Guard`].
//! Invariant: what nobody reads (comments, code, attributes that are not kept) is dropped before it is copied.

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{Doctype, Tag, TagKind, TokenSinkResult};
use html5ever::{Attribute, LocalName, QualName, local_name, ns};
use html5gum::{Emitter, Error, State};

use super::guard::Guard;
use super::names::Names;
use crate::rules::attribute::Attributes;

/// Attributes that an element keeps; real ones have some dozens.
const MAX_KEPT_ATTRIBUTES: usize = 256;

/// Bytes of classes and ids beyond which elements keep none: ten times what the largest news page seen has. Selectors put
/// each class into the set of names that [`Names`] has to spare.
const MAX_LISTED: usize = 2 << 20;

/// Says that the document is cut.
pub(super) struct Cut;

/// Collects pieces until they are whole.
pub(super) struct Feed<'a> {
    guard: &'a mut Guard,
    /// Where classes and ids are listed.
    listed: &'a mut Vec<u8>,
    kept: &'a Attributes,
    names: Names,
    text: Vec<u8>,
    tag: OpenTag,
    /// The last start tag whose content is not markup; only its end tag is an end tag.
    raw: Option<LocalName>,
    doctype: OpenDoctype,
}

/// The tag that is being read.
#[derive(Default)]
struct OpenTag {
    is_start: bool,
    self_closing: bool,
    name: Vec<u8>,
    attributes: Vec<Attribute>,
    attribute: OpenAttribute,
    attribute_name: Vec<u8>,
    attribute_value: Vec<u8>,
}

/// How far the attribute at the end of a tag is read.
#[derive(Default)]
enum OpenAttribute {
    /// There is none, or it is not kept.
    #[default]
    None,
    /// Its name is being read.
    Name,
    /// Its value is being read.
    Value(LocalName),
}

#[derive(Default)]
struct OpenDoctype {
    name: Vec<u8>,
    public_id: Option<Vec<u8>>,
    system_id: Option<Vec<u8>>,
    force_quirks: bool,
}

impl<'a> Feed<'a> {
    pub(super) fn new(guard: &'a mut Guard, listed: &'a mut Vec<u8>, kept: &'a Attributes) -> Self {
        Feed {
            guard,
            listed,
            kept,
            names: Names::new(),
            text: Vec::new(),
            tag: OpenTag::default(),
            raw: None,
            doctype: OpenDoctype::default(),
        }
    }

    /// Passes on the text before a tag. White space alone becomes one line feed: no stage tells it from more.
    fn end_text(&mut self) {
        if self.text.is_empty() {
            return;
        }
        let text =
            if self.text.trim_ascii().is_empty() { StrTendril::from_char('\n') } else { tendril(&self.text) };
        self.text.clear();
        self.guard.text(text);
    }

    /// Ends an attribute's name; the first of a name wins.
    fn end_name(&mut self) {
        let tag = &mut self.tag;
        if !matches!(tag.attribute, OpenAttribute::Name) {
            return;
        }
        let name = match self.kept.find(&tag.attribute_name) {
            _ if tag.attributes.len() >= MAX_KEPT_ATTRIBUTES => None,
            None if self.kept.keeps_unknown(&tag.attribute_name) => Some(self.names.get(&tag.attribute_name)),
            known => known,
        };
        let is_new = |name: &LocalName| !tag.attributes.iter().any(|other| other.name.local == *name);
        tag.attribute = name.filter(is_new).map_or(OpenAttribute::None, OpenAttribute::Value);
        tag.attribute_name.clear();
    }

    fn end_attribute(&mut self) {
        self.end_name();
        let tag = &mut self.tag;
        if let OpenAttribute::Value(name) = std::mem::take(&mut tag.attribute) {
            let is_listed = matches!(name, local_name!("class") | local_name!("id"));
            let is_kept = !is_listed || self.listed.len() + tag.attribute_value.len() < MAX_LISTED;
            if is_listed && is_kept {
                self.listed.extend_from_slice(&tag.attribute_value);
                self.listed.push(b' ');
            }
            if is_kept {
                let name = QualName::new(None, ns!(), name);
                tag.attributes.push(Attribute { name, value: tendril(&tag.attribute_value) });
            }
            tag.attribute_value.clear();
        }
    }

    fn begin_tag(&mut self, is_start: bool) {
        self.tag.is_start = is_start;
        self.tag.self_closing = false;
        self.tag.name.clear();
        self.tag.attributes.clear();
        self.tag.attribute = OpenAttribute::None;
        self.tag.attribute_value.clear();
    }
}

/// Whole text is UTF-8, as the page is: the tokenizer cuts within a character but leaves out no part of one.
fn tendril(bytes: &[u8]) -> StrTendril {
    StrTendril::try_from_byte_slice(bytes)
        .unwrap_or_else(|()| StrTendril::from_slice(&String::from_utf8_lossy(bytes)))
}

impl Emitter for Feed<'_> {
    type Token = Cut;

    fn pop_token(&mut self) -> Option<Cut> {
        self.guard.is_cut().then_some(Cut)
    }

    fn emit_eof(&mut self) {
        self.end_text();
        self.guard.end();
    }

    fn emit_error(&mut self, _: Error) {}

    #[inline]
    fn should_emit_errors(&mut self) -> bool {
        false
    }

    fn emit_string(&mut self, piece: &[u8]) {
        if !self.guard.in_code() {
            self.text.extend_from_slice(piece);
        }
    }

    fn init_start_tag(&mut self) {
        self.begin_tag(true);
    }

    fn init_end_tag(&mut self) {
        self.begin_tag(false);
    }

    fn push_tag_name(&mut self, piece: &[u8]) {
        self.tag.name.extend_from_slice(piece);
    }

    fn set_self_closing(&mut self) {
        self.tag.self_closing = self.tag.is_start;
    }

    fn init_attribute(&mut self) {
        self.end_attribute();
        if self.tag.is_start {
            self.tag.attribute = OpenAttribute::Name;
        }
    }

    fn push_attribute_name(&mut self, piece: &[u8]) {
        if matches!(self.tag.attribute, OpenAttribute::Name) {
            let name = &mut self.tag.attribute_name;
            // One byte more than any name that is kept tells that this is none of them.
            let room = (self.kept.longest() + 1).saturating_sub(name.len());
            name.extend_from_slice(&piece[..piece.len().min(room)]);
        }
    }

    fn push_attribute_value(&mut self, piece: &[u8]) {
        self.end_name();
        if matches!(self.tag.attribute, OpenAttribute::Value(_)) {
            self.tag.attribute_value.extend_from_slice(piece);
        }
    }

    fn emit_current_tag(&mut self) -> Option<State> {
        self.end_attribute();
        self.end_text();
        let tag = &mut self.tag;
        let name = self.names.get(&tag.name);
        let result = self.guard.tag(Tag {
            kind: if tag.is_start { TagKind::StartTag } else { TagKind::EndTag },
            name: name.clone(),
            self_closing: tag.self_closing,
            attrs: std::mem::take(&mut tag.attributes),
            had_duplicate_attributes: false,
        });
        let state = match result {
            TokenSinkResult::RawData(RawKind::Rcdata) => State::RcData,
            TokenSinkResult::RawData(RawKind::Rawtext) => State::RawText,
            TokenSinkResult::RawData(_) => State::ScriptData,
            TokenSinkResult::Plaintext => State::PlainText,
            _ => return None,
        };
        self.raw = Some(name);
        Some(state)
    }

    fn current_is_appropriate_end_tag_token(&mut self) -> bool {
        !self.tag.is_start && self.raw.as_ref().is_some_and(|name| name.as_bytes() == self.tag.name)
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&mut self) -> bool {
        self.guard.is_foreign()
    }

    fn init_comment(&mut self) {}

    fn push_comment(&mut self, _: &[u8]) {}

    fn emit_current_comment(&mut self) {}

    fn init_doctype(&mut self) {
        self.doctype = OpenDoctype::default();
    }

    fn push_doctype_name(&mut self, piece: &[u8]) {
        self.doctype.name.extend_from_slice(piece);
    }

    fn set_doctype_public_identifier(&mut self, piece: &[u8]) {
        self.doctype.public_id = Some(piece.to_vec());
    }

    fn push_doctype_public_identifier(&mut self, piece: &[u8]) {
        self.doctype.public_id.get_or_insert_default().extend_from_slice(piece);
    }

    fn set_doctype_system_identifier(&mut self, piece: &[u8]) {
        self.doctype.system_id = Some(piece.to_vec());
    }

    fn push_doctype_system_identifier(&mut self, piece: &[u8]) {
        self.doctype.system_id.get_or_insert_default().extend_from_slice(piece);
    }

    fn set_force_quirks(&mut self) {
        self.doctype.force_quirks = true;
    }

    fn emit_current_doctype(&mut self) {
        self.end_text();
        let doctype = std::mem::take(&mut self.doctype);
        self.guard.doctype(Doctype {
            name: Some(doctype.name).filter(|name| !name.is_empty()).map(|name| tendril(&name)),
            public_id: doctype.public_id.map(|id| tendril(&id)),
            system_id: doctype.system_id.map(|id| tendril(&id)),
            force_quirks: doctype.force_quirks,
        });
    }

    fn set_last_start_tag(&mut self, _: Option<&[u8]>) {}
}
