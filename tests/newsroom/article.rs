//! Articles, written from the bank.
//!
//! Enters: an article's number and the seed. Leaves: its title, lead, paragraphs and all that stands around them.
//! Invariant: number and seed alone decide; the first thirty share no sentence of their topics.

use jiff::Timestamp;
use jiff::tz::{TimeZone, offset};
use unicode_normalization::UnicodeNormalization;

use super::bank::{self, Language, Topic};

/// When the first article came out: 2 March 2026, 06:00 at +07:00.
const FIRST: i64 = 1_772_406_000;
/// Between one article and the next, in seconds.
const EVERY: i64 = 97 * 60;
/// Longest slug, in bytes.
const SLUG: usize = 64;

/// How a page is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    MasterCms,
    VnExpress,
    Ims,
    Semantic,
    English,
}

/// A piece of the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Block {
    Paragraph(String),
    Subhead(String),
    Caption(String),
}

/// An article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Article {
    pub(crate) index: usize,
    pub(crate) language: &'static str,
    pub(crate) layout: Layout,
    pub(crate) section: &'static str,
    pub(crate) title: String,
    pub(crate) lead: String,
    pub(crate) byline: String,
    pub(crate) tags: Vec<&'static str>,
    pub(crate) blocks: Vec<Block>,
    /// Seconds since 1970.
    pub(crate) published: i64,
    /// How often it was edited; an hour apart.
    pub(crate) edits: u32,
}

impl Article {
    /// Writes the article with this number.
    pub(crate) fn write(index: usize, seed: u64) -> Article {
        let languages = bank::languages();
        let is_english = index % 5 == 4;
        let language = &languages[usize::from(is_english)];
        // Its number among the articles of its language.
        let turn = if is_english { index / 5 } else { index - index / 5 };
        let (topic, round) = (turn % language.topics.len(), turn / language.topics.len());
        let layout = match (turn + round) % 4 {
            _ if is_english => Layout::English,
            0 => Layout::MasterCms,
            1 => Layout::VnExpress,
            2 => Layout::Ims,
            _ => Layout::Semantic,
        };
        let mut writer = Writer::new(language, index, seed);
        let topic = &language.topics[topic];
        Article {
            index,
            language: language.code,
            layout,
            section: topic.section,
            title: writer.fill(topic.titles[round % 2]),
            lead: writer.fill(topic.leads[round % 2]),
            byline: writer.byline.to_owned(),
            tags: writer.tags(),
            blocks: writer.blocks(topic, round),
            published: FIRST + i64::try_from(index).unwrap_or(0) * EVERY,
            edits: 0,
        }
    }

    /// Adds a paragraph, as an editor does hours later.
    pub(crate) fn edit(&mut self, seed: u64) {
        self.edits += 1;
        let languages = bank::languages();
        let language = &languages[usize::from(self.language == "en")];
        let mut writer = Writer::new(language, self.index, seed.wrapping_add(u64::from(self.edits) << 20));
        let sentence = writer.general();
        self.blocks.push(Block::Paragraph(sentence));
    }

    /// The number in its addresses.
    pub(crate) fn id(&self) -> usize {
        1_000 + self.index
    }

    /// The path of its page.
    pub(crate) fn path(&self) -> String {
        if self.layout == Layout::English {
            format!("/en/{}/{}-{}", self.section, self.slug(), self.id())
        } else {
            format!("/{}/{}-{}.html", self.section, self.slug(), self.id())
        }
    }

    /// When it was last changed, in seconds since 1970.
    pub(crate) fn modified(&self) -> i64 {
        self.published + i64::from(self.edits) * 3_600
    }

    /// When it came out, as `format` wants it.
    pub(crate) fn date(&self, format: &str) -> String {
        date(self.published, format)
    }

    /// Title, lead and body without captions: what a cleaner has to find.
    #[allow(dead_code, reason = "for tests")]
    pub(crate) fn texts(&self) -> Vec<&str> {
        let body = self.blocks.iter().filter_map(|block| match block {
            Block::Paragraph(text) | Block::Subhead(text) => Some(text.as_str()),
            Block::Caption(_) => None,
        });
        [self.title.as_str(), self.lead.as_str()].into_iter().chain(body).collect()
    }

    fn slug(&self) -> String {
        let folded = self.title.nfd().filter_map(|c| match c {
            'đ' | 'Đ' => Some('d'),
            _ if c.is_ascii_alphanumeric() => Some(c.to_ascii_lowercase()),
            _ if c.is_ascii() => Some('-'),
            _ => None,
        });
        let folded: String = folded.collect();
        let mut slug = String::new();
        for word in folded.split('-').filter(|word| !word.is_empty()) {
            if slug.len() + word.len() >= SLUG {
                break;
            }
            if !slug.is_empty() {
                slug.push('-');
            }
            slug.push_str(word);
        }
        slug
    }
}

/// A moment at +07:00, as `format` wants it.
pub(super) fn date(seconds: i64, format: &str) -> String {
    let zone = TimeZone::fixed(offset(7));
    let moment = Timestamp::from_second(seconds).expect("within the calendar").to_zoned(zone);
    moment.strftime(format).to_string()
}

/// Fills the gaps of sentences.
struct Writer<'a> {
    language: &'a Language,
    chance: fastrand::Rng,
    place: &'static str,
    name: &'static str,
    other: &'static str,
    byline: &'static str,
    /// General sentences in the order of their use.
    general: Vec<&'static str>,
}

impl<'a> Writer<'a> {
    fn new(language: &'a Language, index: usize, seed: u64) -> Writer<'a> {
        let mut chance = fastrand::Rng::with_seed(seed.rotate_left(17) ^ index as u64);
        let mut names = language.names.clone();
        chance.shuffle(&mut names);
        let mut general = language.general.clone();
        chance.shuffle(&mut general);
        let place = language.places[index % language.places.len()];
        Writer { language, chance, place, name: names[0], other: names[1], byline: names[2], general }
    }

    fn fill(&mut self, sentence: &str) -> String {
        let named = sentence.replace("{place}", self.place).replace("{name}", self.name);
        let named = named.replace("{other}", self.other);
        let mut pieces = named.split("{n}");
        let mut filled = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            filled.push_str(&self.chance.u32(7..60).to_string());
            filled.push_str(piece);
        }
        // A sentence may begin with a place, which may begin with a small letter.
        let first = filled.chars().next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
        filled.chars().next().map(|c| first + &filled[c.len_utf8()..]).unwrap_or_default()
    }

    fn general(&mut self) -> String {
        let sentence = self.general.pop().expect("enough general sentences");
        self.fill(sentence)
    }

    fn tags(&mut self) -> Vec<&'static str> {
        let mut tags = self.language.tags.clone();
        self.chance.shuffle(&mut tags);
        tags.truncate(3);
        tags
    }

    /// Seven paragraphs, a subhead and a caption.
    fn blocks(&mut self, topic: &Topic, round: usize) -> Vec<Block> {
        let half = round % 2;
        let mut own: Vec<&'static str> = topic.sentences[half * 5..half * 5 + 5].to_vec();
        if round > 1 {
            own.clone_from(&topic.sentences);
            self.chance.shuffle(&mut own);
        }
        let mut texts: Vec<String> = own.iter().take(5).map(|sentence| self.fill(sentence)).collect();
        for text in &mut texts {
            for _ in 0..self.chance.usize(1..3) {
                *text = format!("{text} {}", self.general());
            }
        }
        let mut blocks: Vec<Block> = texts.into_iter().map(Block::Paragraph).collect();
        blocks.insert(2, Block::Paragraph(self.fill(topic.quotes[half])));
        blocks.insert(3, Block::Subhead(self.fill(topic.subheads[half])));
        blocks.insert(1, Block::Caption(self.fill(topic.captions[0])));
        let last = self.general();
        blocks.push(Block::Paragraph(last));
        blocks
    }
}
