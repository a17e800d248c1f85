//! Documents to blocks: HTML and flattened text join here.

pub mod block;
mod element;
pub mod flat;
pub mod html;
pub mod site;
pub mod stated;
mod table;
pub mod text;
