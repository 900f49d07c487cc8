//! The book of all situations, for an accountant.

use crate::{chapter, story::Story};

/// A chapter of the book: a folder of situations.
pub(crate) struct Chapter {
    pub folder: &'static str,
    title: &'static str,
}

pub(crate) const CHAPTERS: [Chapter; 9] = [
    Chapter {
        folder: "1-sales",
        title: "Sales",
    },
    Chapter {
        folder: "2-payment",
        title: "Payment",
    },
    Chapter {
        folder: "3-tax-and-rounding",
        title: "Tax and rounding",
    },
    Chapter {
        folder: "4-accounts",
        title: "Choosing accounts",
    },
    Chapter {
        folder: "5-recognition",
        title: "When an order counts",
    },
    Chapter {
        folder: "6-change",
        title: "Change after posting",
    },
    Chapter {
        folder: "7-refunds",
        title: "Refunds",
    },
    Chapter {
        folder: "8-currencies",
        title: "Currencies",
    },
    Chapter {
        folder: "9-published-examples",
        title: "Orders from BigCommerce's documentation",
    },
];

/// The book as Markdown.
pub(crate) fn text() -> String {
    let mut text = include_str!("intro.md").to_owned();
    for each in &CHAPTERS {
        text += &format!("\n## {}\n", each.title);
        for Story {
            title,
            explanation,
            text: story,
            ..
        } in chapter(each.folder)
        {
            text += &format!("\n### {title}\n\n{explanation}\n\n```text\n{story}```\n");
        }
    }
    text
}
