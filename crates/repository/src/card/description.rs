//! What a card tells of a model or dataset, for those who write it down elsewhere: its parts by topic, its results,
//! its languages.
//!
//! [`super::read`] looks for what a card does to its readers; this looks for what it says to them, and is only asked
//! when somebody wants to know. A part that still holds the words of an empty form (`[More Information Needed]`) is
//! taken for what it is: the author says that it is not known. Headings are matched by their words, as nobody agrees
//! on them; what no topic fits is left out.

use chainwright_core::limits::Limits;
use chainwright_core::location::Place;
use serde::{Deserialize, Serialize};

use super::{split, strings};
use crate::bounded::quote;
use crate::document::{Node, parse_yaml};

/// LIMIT: characters kept of one part.
const LONGEST: usize = 2000;
/// LIMIT: parts of one card.
const MOST_SECTIONS: usize = 128;
/// LIMIT: results of one card.
const MOST_RESULTS: usize = 256;
/// What the hub's form puts where nothing was filled in.
const PLACEHOLDERS: [&str; 3] = ["more information needed", "needs more information", "todo"];

/// What a part of a card is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Topic {
    /// What it is.
    Description,
    /// What it is meant for.
    IntendedUse,
    /// What it is not meant for.
    OutOfScope,
    /// Who is meant to use it.
    Users,
    /// What it cannot do.
    Limitations,
    /// Bias, risks and ethics.
    Bias,
    /// How it was trained.
    Training,
    /// What it was trained on.
    TrainingData,
    /// How data was prepared.
    Preprocessing,
    /// How well it does.
    Evaluation,
    /// What it ran on.
    Hardware,
    /// How data was collected.
    Collection,
    /// Who annotated it and how.
    Annotation,
    /// Personal and sensitive data in it.
    PersonalData,
    /// What is in a dataset.
    Contents,
    /// Where its data comes from.
    Provenance,
    /// How security matters are reported.
    Security,
}

/// Words of a heading, in lower case, and the topics that they stand for; every fitting row counts, the rows of a
/// longer phrase hide those of its parts.
const WORDS: &[(&str, &[Topic])] = &[
    ("out-of-scope", &[Topic::OutOfScope]),
    ("out of scope", &[Topic::OutOfScope]),
    ("misuse", &[Topic::OutOfScope]),
    ("prohibited", &[Topic::OutOfScope]),
    ("intended us", &[Topic::IntendedUse]),
    ("direct use", &[Topic::IntendedUse]),
    ("downstream use", &[Topic::IntendedUse]),
    ("use case", &[Topic::IntendedUse]),
    ("primary use", &[Topic::IntendedUse]),
    ("intended audience", &[Topic::Users]),
    ("primary intended users", &[Topic::Users]),
    ("limit", &[Topic::Limitations]),
    ("known issue", &[Topic::Limitations]),
    ("caveat", &[Topic::Limitations]),
    ("bias", &[Topic::Bias]),
    ("risk", &[Topic::Bias]),
    ("ethic", &[Topic::Bias]),
    ("fairness", &[Topic::Bias]),
    ("safety", &[Topic::Bias]),
    ("social impact", &[Topic::Bias]),
    ("training data", &[Topic::TrainingData]),
    ("training corpus", &[Topic::TrainingData]),
    ("pretraining data", &[Topic::TrainingData]),
    ("training procedure", &[Topic::Training]),
    ("training detail", &[Topic::Training]),
    ("training hyperparameter", &[Topic::Training]),
    ("hyperparameter", &[Topic::Training]),
    ("fine-tuning", &[Topic::Training]),
    ("finetuning", &[Topic::Training]),
    ("training", &[Topic::Training]),
    ("preprocess", &[Topic::Preprocessing]),
    ("data processing", &[Topic::Preprocessing]),
    ("evaluation", &[Topic::Evaluation]),
    ("benchmark", &[Topic::Evaluation]),
    ("results", &[Topic::Evaluation]),
    ("performance", &[Topic::Evaluation]),
    ("hardware", &[Topic::Hardware]),
    ("compute infrastructure", &[Topic::Hardware]),
    ("model description", &[Topic::Description]),
    ("model summary", &[Topic::Description]),
    ("dataset summary", &[Topic::Description]),
    ("dataset description", &[Topic::Description]),
    ("description", &[Topic::Description]),
    ("overview", &[Topic::Description]),
    ("introduction", &[Topic::Description]),
    ("summary", &[Topic::Description]),
    ("data collection", &[Topic::Collection]),
    ("curation", &[Topic::Collection]),
    ("annotation", &[Topic::Annotation]),
    ("personal and sensitive", &[Topic::PersonalData]),
    ("personal data", &[Topic::PersonalData]),
    ("sensitive information", &[Topic::PersonalData]),
    ("dataset structure", &[Topic::Contents]),
    ("data instances", &[Topic::Contents]),
    ("data fields", &[Topic::Contents]),
    ("source data", &[Topic::Provenance]),
    ("provenance", &[Topic::Provenance]),
    ("security", &[Topic::Security]),
    ("reporting", &[Topic::Security]),
];
/// Whole headings that mean something only when nothing else stands in them.
const WHOLE: &[(&str, &[Topic])] = &[
    ("use", &[]),
    ("uses", &[Topic::IntendedUse]),
    ("intended", &[Topic::IntendedUse]),
    ("data", &[Topic::TrainingData]),
    ("dataset", &[Topic::TrainingData]),
    ("datasets", &[Topic::TrainingData]),
];

/// A part of a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// What it is about.
    pub topic: Topic,
    /// Its text in one line, shortened, without code, comments and tables of contents; empty if the author says that
    /// it is not known.
    pub text: String,
    /// The line of its heading.
    pub line: u32,
}

/// One measured result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// What was measured.
    pub metric: String,
    /// The result as written.
    pub value: String,
    /// On which dataset; empty if the card does not say.
    pub dataset: String,
    /// The name of the dataset on the hub, if it has one.
    pub repository: Option<String>,
    /// Where it stands.
    pub place: Place,
}

/// A statement of the front matter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stated {
    /// What is said, in order.
    pub values: Vec<String>,
    /// Where it stands.
    pub place: Place,
}

/// What a card tells.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// The first heading, with its line.
    pub title: Option<(String, u32)>,
    /// The first paragraph of prose, with its line.
    pub lead: Option<(String, u32)>,
    /// Parts by topic, in order.
    pub sections: Vec<Section>,
    /// Measured results.
    pub outcomes: Vec<Outcome>,
    /// The name in `model-index`.
    pub index_name: Option<String>,
    /// Lists and scalars of the front matter that others ask for, by their key.
    pub stated: Vec<(String, Stated)>,
    /// Examples of all splits together, as `dataset_info` says.
    pub examples: Option<u64>,
    /// The address of the licence.
    pub licence_link: Option<String>,
    /// Whether keys stand there that only cards of models have.
    pub has_model_keys: bool,
    /// Whether keys stand there that only cards of datasets have.
    pub has_dataset_keys: bool,
}

impl Description {
    /// What the front matter says under a key.
    #[must_use]
    pub fn stated(&self, key: &str) -> Option<&Stated> {
        let found = self.stated.iter().find(|(name, _)| name == key);
        found.map(|(_, stated)| stated)
    }

    /// The parts about a topic.
    pub fn about(&self, topic: Topic) -> impl Iterator<Item = &Section> {
        self.sections
            .iter()
            .filter(move |section| section.topic == topic)
    }
}

/// Keys of cards that are kept as they are.
const KEYS: [&str; 14] = [
    "language",
    "pipeline_tag",
    "library_name",
    "tags",
    "license",
    "license_name",
    "pretty_name",
    "size_categories",
    "task_categories",
    "task_ids",
    "annotations_creators",
    "language_creators",
    "source_datasets",
    "thumbnail",
];
/// Keys that only cards of models have.
const MODEL_KEYS: [&str; 8] = [
    "pipeline_tag",
    "library_name",
    "base_model",
    "base_model_relation",
    "model-index",
    "inference",
    "widget",
    "quantized_by",
];
/// Keys that only cards of datasets have.
const DATASET_KEYS: [&str; 8] = [
    "task_categories",
    "task_ids",
    "size_categories",
    "dataset_info",
    "annotations_creators",
    "source_datasets",
    "configs",
    "pretty_name",
];

/// Reads what a card tells. A text above the limit tells nothing.
#[must_use]
pub fn describe(text: &str, limits: &Limits) -> Description {
    let mut description = Description::default();
    if u64::try_from(text.len()).unwrap_or(u64::MAX) > limits.text_bytes {
        return description;
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (matter, body, body_line) = split(text);
    if let Some(matter) = matter {
        for root in &parse_yaml(matter).roots {
            front_matter(root, &mut description);
        }
    }
    prose(body, body_line, &mut description);
    description
}

fn front_matter(root: &Node, description: &mut Description) {
    for key in KEYS {
        let values = strings(root.get(key));
        if !values.is_empty() {
            let place = Place::Pointer(format!("/{key}"));
            description
                .stated
                .push((key.to_owned(), Stated { values, place }));
        }
    }
    let has = |keys: &[&str]| keys.iter().any(|key| root.get(key).is_some());
    description.has_model_keys |= has(&MODEL_KEYS);
    description.has_dataset_keys |= has(&DATASET_KEYS);
    description.licence_link = root.text_of("license_link").map(quote);
    description.examples = examples(root);
    outcomes(root, description);
}

/// The examples of every split of every configuration, if each says how many.
fn examples(root: &Node) -> Option<u64> {
    let info = root.get("dataset_info")?;
    let configurations = if info.items().is_empty() {
        std::slice::from_ref(info)
    } else {
        info.items()
    };
    let mut sum = 0_u64;
    let mut is_said = false;
    for split in configurations
        .iter()
        .filter_map(|each| each.get("splits"))
        .flat_map(Node::items)
    {
        sum = sum.saturating_add(split.get("num_examples")?.integer()?);
        is_said = true;
    }
    is_said.then_some(sum)
}

/// `model-index: [{name, results: [{task, dataset, metrics: [{type, value}]}]}]`.
fn outcomes(root: &Node, description: &mut Description) {
    let Some(index) = root.get("model-index") else {
        return;
    };
    for (at, model) in index.items().iter().enumerate() {
        if description.index_name.is_none() {
            description.index_name = model.text_of("name").map(quote);
        }
        let results = model.get("results").map(Node::items).unwrap_or_default();
        for (number, result) in results.iter().enumerate() {
            let dataset = result.get("dataset");
            let name = dataset.and_then(|each| each.text_of("name").or(each.text_of("type")));
            let repository = dataset
                .and_then(|each| each.text_of("type"))
                .filter(|name| crate::config::is_repository(name));
            let metrics = result.get("metrics").map(Node::items).unwrap_or_default();
            for metric in metrics {
                let label = metric.text_of("name").or(metric.text_of("type"));
                let value = metric.get("value").and_then(Node::scalar);
                let (Some(label), Some(value)) = (label, value) else {
                    continue;
                };
                if description.outcomes.len() >= MOST_RESULTS {
                    return;
                }
                description.outcomes.push(Outcome {
                    metric: quote(label),
                    value: quote(value),
                    dataset: name.map(quote).unwrap_or_default(),
                    repository: repository.map(quote),
                    place: Place::Pointer(format!("/model-index/{at}/results/{number}")),
                });
            }
        }
    }
}

/// A heading under which text is collected.
struct Open {
    level: usize,
    line: u32,
    topics: Vec<Topic>,
    text: String,
}

fn prose(body: &str, first_line: u32, description: &mut Description) {
    let mut reader = Reader {
        description,
        open: Vec::new(),
        lead: None,
        is_headed: false,
    };
    let mut fence: Option<&str> = None;
    let mut is_comment = false;
    let mut before = "";
    for (index, line) in (first_line..).zip(body.lines()) {
        let plain = line.trim();
        if let Some(mark) = fence {
            if plain.starts_with(mark) {
                fence = None;
            }
            continue;
        }
        if let Some(mark) = ["```", "~~~"]
            .into_iter()
            .find(|mark| plain.starts_with(mark))
        {
            fence = Some(mark);
            reader.blank();
            continue;
        }
        let visible = without_comments(plain, &mut is_comment);
        let visible = visible.trim();
        match heading(visible) {
            Some((level, title)) => reader.head(level, title, index),
            None if is_underline(visible) && !before.is_empty() => {
                reader.take_back(before);
                let level = if visible.starts_with('=') { 1 } else { 2 };
                reader.head(level, before, index.saturating_sub(1));
            }
            None => reader.line(visible, index),
        }
        before = if visible.len() == plain.len() {
            plain
        } else {
            ""
        };
    }
    reader.finish();
}

/// The line without what stands in comments, which may reach over several lines.
fn without_comments(line: &str, is_comment: &mut bool) -> String {
    let mut rest = line;
    let mut kept = String::new();
    loop {
        if *is_comment {
            let Some((_, behind)) = rest.split_once("-->") else {
                return kept;
            };
            *is_comment = false;
            rest = behind;
        }
        let Some((ahead, behind)) = rest.split_once("<!--") else {
            kept.push_str(rest);
            return kept;
        };
        kept.push_str(ahead);
        *is_comment = true;
        rest = behind;
    }
}

fn heading(line: &str) -> Option<(usize, &str)> {
    let title = line.trim_start_matches('#');
    let level = line.len().checked_sub(title.len())?;
    let is_heading = (1..=6).contains(&level) && (title.starts_with(' ') || title.is_empty());
    is_heading.then(|| (level, title.trim().trim_end_matches('#').trim()))
}

fn is_underline(line: &str) -> bool {
    line.len() >= 3 && (line.bytes().all(|b| b == b'=') || line.bytes().all(|b| b == b'-'))
}

struct Reader<'a> {
    description: &'a mut Description,
    open: Vec<Open>,
    lead: Option<(String, u32)>,
    is_headed: bool,
}

impl Reader<'_> {
    fn head(&mut self, level: usize, title: &str, line: u32) {
        while let Some(last) = self.open.pop_if(|open| open.level >= level) {
            self.close(last);
        }
        self.finish_lead();
        self.is_headed |= level > 1;
        let title = plain(title);
        if self.description.title.is_none() && !title.is_empty() {
            self.description.title = Some((quote(&title), line));
        }
        let mut topics = topics(&title);
        // A heading that says nothing of its own belongs to the one above it.
        if topics.is_empty()
            && let Some(above) = self.open.last()
        {
            topics.clone_from(&above.topics);
        }
        self.open.push(Open {
            level,
            line,
            topics,
            text: String::new(),
        });
    }

    fn line(&mut self, line: &str, number: u32) {
        if line.is_empty() {
            self.blank();
            return;
        }
        // Tables, pictures, badges and rules are no prose.
        if line.starts_with(['|', '!', '<']) || line.starts_with("[![") || is_underline(line) {
            return;
        }
        let text = plain(line);
        if text.is_empty() {
            return;
        }
        if let Some(open) = self.open.last_mut()
            && open.text.chars().count() < LONGEST
        {
            if !open.text.is_empty() {
                open.text.push(' ');
            }
            open.text.push_str(&text);
        }
        if self.description.lead.is_none() && !self.is_headed {
            let (lead, _) = self.lead.get_or_insert_with(|| (String::new(), number));
            if !lead.is_empty() {
                lead.push(' ');
            }
            lead.push_str(&text);
        }
    }

    /// Takes back the line before an underline: it was a heading.
    fn take_back(&mut self, line: &str) {
        let text = plain(line);
        if let Some(open) = self.open.last_mut() {
            let kept = open
                .text
                .strip_suffix(&text)
                .map(|kept| kept.trim_end().to_owned());
            open.text = kept.unwrap_or_else(|| std::mem::take(&mut open.text));
        }
        if let Some((lead, _)) = &mut self.lead {
            let kept = lead
                .strip_suffix(&text)
                .map(|kept| kept.trim_end().to_owned());
            *lead = kept.unwrap_or_else(|| std::mem::take(lead));
        }
    }

    fn blank(&mut self) {
        self.finish_lead();
    }

    fn finish_lead(&mut self) {
        if let Some((lead, line)) = self.lead.take()
            && lead.chars().count() >= 20
            && !is_placeholder(&lead)
        {
            self.description.lead = Some((shorten(&lead), line));
        }
    }

    fn close(&mut self, open: Open) {
        if open.text.is_empty() {
            return;
        }
        let is_unknown = is_placeholder(&open.text);
        for topic in open.topics {
            if self.description.sections.len() >= MOST_SECTIONS {
                return;
            }
            self.description.sections.push(Section {
                topic,
                text: if is_unknown {
                    String::new()
                } else {
                    shorten(&open.text)
                },
                line: open.line,
            });
        }
    }

    fn finish(mut self) {
        self.finish_lead();
        while let Some(last) = self.open.pop() {
            self.close(last);
        }
        self.description
            .sections
            .sort_by_key(|section| section.line);
    }
}

fn topics(title: &str) -> Vec<Topic> {
    let lower = title.to_lowercase();
    let whole = WHOLE.iter().find(|(word, _)| *word == lower);
    if let Some((_, topics)) = whole {
        return topics.to_vec();
    }
    let fitting: Vec<_> = WORDS
        .iter()
        .filter(|(word, _)| lower.contains(word))
        .collect();
    let is_hidden = |word: &str| {
        fitting
            .iter()
            .any(|(other, _)| other.len() > word.len() && other.contains(word))
    };
    let mut found: Vec<Topic> = Vec::new();
    for (word, topics) in &fitting {
        for topic in *topics {
            if !is_hidden(word) && !found.contains(topic) {
                found.push(*topic);
            }
        }
    }
    found
}

/// Text without marks of emphasis, links and elements.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.trim_start_matches(['-', '*', '+', '>', ' ']);
    while let Some(at) = rest.find(['[', '<', '*', '`', '_']) {
        let (ahead, behind) = rest.split_at(at);
        out.push_str(ahead);
        let mut characters = behind.chars();
        let mark = characters.next().unwrap_or_default();
        rest = characters.as_str();
        match mark {
            '[' => {
                // `[text](address)` keeps its text; anything else stays as it is.
                let link = rest
                    .split_once("](")
                    .filter(|(label, _)| !label.contains(['[', ']']))
                    .and_then(|(label, target)| Some((label, target.split_once(')')?.1)));
                match link {
                    Some((label, behind)) => {
                        out.push_str(label);
                        rest = behind;
                    }
                    None => out.push('['),
                }
            }
            '<' => {
                let is_element =
                    rest.starts_with(|next: char| next.is_ascii_alphabetic() || next == '/');
                match rest.split_once('>').filter(|_| is_element) {
                    Some((_, behind)) => rest = behind,
                    None => out.push('<'),
                }
            }
            '_' if out.ends_with(char::is_alphanumeric)
                && rest.starts_with(char::is_alphanumeric) =>
            {
                out.push('_');
            }
            _ => {}
        }
    }
    out.push_str(rest);
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_placeholder(text: &str) -> bool {
    let lower = text.to_lowercase();
    let mut words = lower.replace(['[', ']', '.', ':'], " ");
    for placeholder in PLACEHOLDERS {
        words = words.replace(placeholder, " ");
    }
    let is_said = words.len() < lower.len() && PLACEHOLDERS.iter().any(|each| lower.contains(each));
    // Labels such as `Developed by` may stand beside.
    is_said && words.split_whitespace().count() <= 3
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => {
            let mut cut = text.get(..end).unwrap_or_default().to_owned();
            cut.push('…');
            cut
        }
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Vec<(Topic, String)> {
        let description = describe(text, &Limits::default());
        let sections = description.sections.into_iter();
        sections.map(|each| (each.topic, each.text)).collect()
    }

    #[test]
    fn headings_lead_to_topics_and_their_children_follow() {
        let text = "# A model\n\nIt **answers** [questions](https://x.y) politely and well.\n\n## Bias, Risks, and \
                    Limitations\nIt errs.\n### Recommendations\nBe careful.\n## Intended uses & limitations\nChat \
                    only.\n## Use\n```\nload()\n```\n## Training Data\n<!-- form -->\n[More Information Needed]\n";
        let description = describe(text, &Limits::default());
        assert_eq!(description.title, Some(("A model".to_owned(), 1)));
        assert_eq!(
            description.lead,
            Some(("It answers questions politely and well.".to_owned(), 3))
        );
        assert_eq!(
            said(text),
            [
                (Topic::Limitations, "It errs.".to_owned()),
                (Topic::Bias, "It errs.".to_owned()),
                (Topic::Limitations, "Be careful.".to_owned()),
                (Topic::Bias, "Be careful.".to_owned()),
                (Topic::IntendedUse, "Chat only.".to_owned()),
                (Topic::Limitations, "Chat only.".to_owned()),
                (Topic::TrainingData, String::new()),
            ]
        );
    }

    #[test]
    fn underlined_headings_and_comments_over_lines_are_read() {
        let text = "Title\n=====\nSome words that introduce the whole thing.\n\nLimits\n------\n<!-- hidden\nmore -->It \
                    knows English.\n";
        let description = describe(text, &Limits::default());
        assert_eq!(description.title, Some(("Title".to_owned(), 1)));
        assert_eq!(
            said(text),
            [(Topic::Limitations, "It knows English.".to_owned())]
        );
    }

    #[test]
    fn results_and_lists_of_the_front_matter_are_kept() {
        let text = "---\nlanguage: [en, de]\npipeline_tag: text-generation\nmodel-index:\n- name: tiny\n  results:\n  \
                    - task: {type: text-generation}\n    dataset: {name: HellaSwag, type: org/hellaswag}\n    metrics:\n    \
                    - {type: acc, value: 0.71}\ndataset_info:\n  splits:\n  - {name: train, num_examples: 7}\n  - {name: \
                    test, num_examples: 5}\n---\n# T\n";
        let description = describe(text, &Limits::default());
        assert_eq!(description.stated("language").unwrap().values, ["en", "de"]);
        assert_eq!(description.index_name.as_deref(), Some("tiny"));
        assert_eq!(description.examples, Some(12));
        let outcome = &description.outcomes[0];
        assert_eq!(
            (outcome.metric.as_str(), outcome.value.as_str()),
            ("acc", "0.71")
        );
        assert_eq!(outcome.repository.as_deref(), Some("org/hellaswag"));
        assert!(description.has_model_keys && description.has_dataset_keys);
    }

    #[test]
    fn a_card_cut_anywhere_is_read_as_far_as_it_goes() {
        let text = "---\nlanguage: en\n---\nT\n==\n[a](b) <i>x</i> `c` _d_ <!-- e\n--> f\n```\ng\n```\n## Limits\nh";
        for end in (0..=text.len()).filter(|end| text.is_char_boundary(*end)) {
            let cut = text.get(..end).unwrap();
            assert_eq!(
                describe(cut, &Limits::default()),
                describe(cut, &Limits::default())
            );
        }
    }

    #[test]
    fn an_empty_form_says_that_nothing_is_known() {
        for text in [
            "[More Information Needed]",
            "- **Developed by:** [More Information Needed]",
        ] {
            assert!(is_placeholder(&plain(text)), "{text}");
        }
        assert!(!is_placeholder(
            "More information needed? See the paper and its appendix."
        ));
    }
}
