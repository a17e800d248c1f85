//! What a site rule says: roles of elements to labels.

use std::sync::Arc;

use crate::classify::draft::Draft;
use crate::classify::evidence::Signal;
use crate::label::Label;
use crate::segment::block::{Kind, SiteRole};

/// Log-odds below which text inside a rule's body is still cut: the model is sure that it is something else.
const SURE: f32 = -3.0;

/// Claims what a site rule tells. Blocks inside its body stay free for the parts of the article, unless the model is sure
/// that they are none; blocks that it does not name are cut, but for captions, byline and the like inside the body.
pub(super) fn claim(draft: &mut Draft<'_>) {
    let (Some(version), Some(rule)) = (draft.known.version, draft.known.site_rule) else { return };
    let rule: Arc<str> = rule.into();
    for at in 0..draft.context.len() {
        let block = &draft.context.page.blocks[at];
        let Some(dom) = draft.context.page.dom(at) else { continue };
        let signal = || Signal::of_rule("site_rule", &rule);
        match dom.site {
            SiteRole::Drop(entry) => {
                let label = version.drop.get(usize::from(entry)).map_or(Label::Other, |(_, label)| *label);
                draft.claim(at, label, signal());
            }
            SiteRole::Lead => draft.claim(at, Label::Lead, signal()),
            SiteRole::Caption => draft.claim(at, Label::Caption, signal()),
            SiteRole::Date => draft.claim(at, Label::Date, signal()),
            SiteRole::Section => draft.claim(at, Label::Section, signal()),
            SiteRole::Tags => draft.claim(at, Label::Tags, signal()),
            // Date, section and author often share one line.
            SiteRole::Author if draft.context.shapes[at].date => draft.claim(at, Label::Date, signal()),
            SiteRole::Author => draft.claim(at, Label::Byline, signal()),
            SiteRole::Title => draft.claim(at, Label::Title, signal()),
            SiteRole::Body => {
                let trusted = draft.context.phrases[at].is_none() && !matches!(block.kind, Kind::Control);
                let score = draft.scores[at];
                if score > SURE && trusted {
                    draft.scores[at] = score.max(1.0);
                }
            }
            SiteRole::None => draft.scores[at] = draft.scores[at].min(-1.0),
        }
    }
}
