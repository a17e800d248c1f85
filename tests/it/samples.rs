//! The sample dump through the built program.
//!
//! Enters: `samples/dump`, cleaned into a temporary folder. Leaves: nothing. Invariant: the table
//! in `samples/README.md` tells what becomes of each file.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// What becomes of an input: its manifest status, and the reason of a skipped one.
type Fate = (&'static str, &'static str);

const WRITTEN: Fate = ("written", "");

const FATES: [(&str, Fate); 20] = [
    ("01-mastercms.html", WRITTEN),
    ("02-mastercms-flat.txt", WRITTEN),
    ("03-mastercms-flat-date.txt", WRITTEN),
    ("04-admicro.html", WRITTEN),
    ("05-vnexpress.html", WRITTEN),
    ("06-english.html", WRITTEN),
    ("07-twice.html", WRITTEN),
    ("08-twice-flat.txt", ("duplicate", "")),
    ("09-section.html", ("skipped", "index_page")),
    ("10-members-only.html", ("skipped", "wall")),
    ("11-compressed.html.gz", WRITTEN),
    ("https://dienmau.example/thu-vien-tram-bom-bau-sen.html", WRITTEN),
    ("https://dienmau.example/dua-thu-bang-xe-dap-dien.html", WRITTEN),
    ("https://dienmau.example/nong-dan-ta-rut-lam-duong-lat-da.html", WRITTEN),
    ("https://baocongnhan.example/nhom-tho-may-huu-tri-4199.html", WRITTEN),
    ("14-windows-1258.html", WRITTEN),
    ("15-decomposed.txt", WRITTEN),
    ("16-empty.txt", ("skipped", "empty")),
    ("17-truncated.html.gz", ("failed", "")),
    ("18-picture.html", ("skipped", "binary")),
];

/// The article's first and last line of the inputs whose whole text stands in no expected file.
const ENDS: [(&str, &str, &str); 10] = [
    ("04-admicro.html", "Đò ngang bến Lức Đình chạy bằng điện, khách qua sông bớt ồn và khói", "CHÂU ANH"),
    ("05-vnexpress.html", "Vì sao nên tắt đèn hiên khi đàn chim di cư bay qua", "Duy Phan"),
    (
        "06-english.html",
        "The clockmaker who winds nine village towers every Saturday",
        "Mr Sparrow will teach the second morning. He means to begin, he said, with the ladder.",
    ),
    (
        "07-twice.html",
        "Đội văn nghệ người cao tuổi phường Hòa Thủy giữ nhịp trống chèo bên sông",
        "Bảo Quyên",
    ),
    ("11-compressed.html.gz", "Vườn ươm cây ngập mặn của học sinh trường làng cát Hải Vân", "Nguyễn Lương"),
    (
        "https://dienmau.example/thu-vien-tram-bom-bau-sen.html",
        "Xóm chài Bàu Sen dựng thư viện trên nền trạm bơm cũ",
        "Hạnh Nguyên",
    ),
    (
        "https://dienmau.example/dua-thu-bang-xe-dap-dien.html",
        "Huyện đảo Cồn Nhạn thử nghiệm đưa thư bằng xe đạp điện",
        "Văn Hiếu",
    ),
    (
        "https://baocongnhan.example/nhom-tho-may-huu-tri-4199.html",
        "Nhóm thợ may hưu trí vá áo mưa cũ tặng học trò vùng lũ",
        "Mỹ Duyên",
    ),
    ("14-windows-1258.html", "Lò rèn cuối cùng ở làng Nho Lâm đỏ lửa trở lại", "Quế Lâm"),
    ("15-decomposed.txt", "Chợ nổi Cái Tư đặt trạm nước uống miễn phí cho thương hồ", "Ngọc Trầm"),
];

/// Paragraphs that a cleaner easily loses, with their input.
const KEPT: [(&str, &str); 7] = [
    ("04-admicro.html", "Đi đò an toàn cần nhớ gì?"),
    ("04-admicro.html", "Chính quyền xã cho biết đã đề nghị cơ quan đăng kiểm hướng dẫn"),
    ("05-vnexpress.html", "\"Đó là loại bảo tồn rẻ nhất mà tôi biết: chỉ cần một công tắc\", ông Bắc nói."),
    ("05-vnexpress.html", "Một con chim nhỏ nghỉ trên lan can tầng 18 của chung cư ở Đà Nẵng. Ảnh: Duy Phan"),
    ("06-english.html", "A trade without apprentices"),
    ("07-twice.html", "Từ tháng này, phường mở thêm lớp trống chèo cho học sinh"),
    ("14-windows-1258.html", "nghe tiếng thép để biết mẻ nào non, mẻ nào già lửa."),
];

/// Titles, marker lines and furniture that stand around the articles and in none of them.
const CUT: [&str; 24] = [
    "Thư viện lưu động về xã đảo",
    "Hơn 600 lao động thời vụ",
    "Giải chạy ven sông Hương",
    "Cầu treo Bản Phố",
    "Xưởng gốm của những người mẹ",
    "Nông dân trồng sen lấy củ",
    "Tuyến xe buýt đêm đầu tiên",
    "Đội bóng nữ xã vùng cao",
    "LĐLĐ huyện Kỳ Lâm",
    "Thêm 12 công đoàn cơ sở",
    "Hội thi nấu ăn của nữ công nhân",
    "Đối thoại định kỳ: doanh nghiệp giày",
    "Lớp học buổi tối miễn phí cho con",
    "Bakery reopens after flood",
    "County to map every drinking fountain",
    "Có thể bạn quan tâm",
    "Phiên bản di động",
    "Tin khác",
    "Nguồn :",
    "Link gốc",
    "18/03/2021",
    "Tổng biên tập",
    "Tặng sao",
    "Most read",
];

fn run(out: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tinsach"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["clean", "samples/dump", "--quiet", "--out"])
        .arg(out)
        .output()
        .expect("the program starts")
}

/// The manifest's rows, in their order.
fn rows(out: &Path) -> Vec<Value> {
    let manifest = fs::read_to_string(out.join("manifest.jsonl")).expect("manifest.jsonl");
    manifest.lines().map(|line| serde_json::from_str(line).expect("a row of JSON")).collect()
}

/// The row of an input, by the end of its path or by its address.
fn row<'a>(rows: &'a [Value], input: &str) -> &'a Value {
    let names = |row: &&Value| {
        let path = row["path"].as_str().is_some_and(|path| path.ends_with(input));
        path || row["url"].as_str() == Some(input)
    };
    let mut found = rows.iter().filter(names);
    let first = found.next().unwrap_or_else(|| panic!("{input}: no row in the manifest"));
    assert!(found.next().is_none(), "{input}: two rows in the manifest");
    first
}

fn text(out: &Path, rows: &[Value], input: &str) -> String {
    let row = row(rows, input);
    let file = row["file"].as_str().unwrap_or_else(|| panic!("{input}: no file in {row}"));
    fs::read_to_string(out.join(file)).unwrap_or_else(|error| panic!("{input}: {file}: {error}"))
}

fn text_files(out: &Path) -> usize {
    let entries = fs::read_dir(out).expect("the output folder");
    entries
        .filter(|entry| entry.as_ref().expect("an entry").path().extension().is_some_and(|ext| ext == "txt"))
        .count()
}

/// A run on the dump, its folder and manifest.
fn cleaned() -> (TempDir, Output, Vec<Value>) {
    let folder = TempDir::new().expect("a temporary folder");
    let output = run(folder.path());
    let rows = rows(folder.path());
    (folder, output, rows)
}

#[test]
fn every_file_of_the_dump_has_its_fate() {
    let (folder, output, rows) = cleaned();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "one input fails: {stderr}");
    assert!(stderr.contains("17-truncated.html.gz"), "the failed file is named: {stderr}");
    assert_eq!(rows.len(), FATES.len(), "one row for every input");
    for (input, (status, reason)) in FATES {
        let row = row(&rows, input);
        assert_eq!(row["status"], status, "{input}: {row}");
        assert_eq!(row["reason"].as_str().unwrap_or_default(), reason, "{input}: {row}");
    }
    let first = &row(&rows, "07-twice.html")["file"];
    assert_eq!(&row(&rows, "08-twice-flat.txt")["duplicate_of"], first, "the first copy is kept");
    let error = row(&rows, "17-truncated.html.gz")["error"].to_string();
    assert!(error.len() > 10, "an error in words: {error}");
    assert_eq!(text_files(folder.path()), FATES.iter().filter(|(_, fate)| *fate == WRITTEN).count());
}

#[test]
fn articles_are_whole_and_nothing_else_is_in_them() {
    let (folder, _, rows) = cleaned();
    let out = folder.path();
    for (input, title, last) in ENDS {
        let text = text(out, &rows, input);
        assert_eq!(text.lines().next(), Some(title), "{input}");
        assert_eq!(text.lines().last(), Some(last), "{input}");
    }
    for (input, paragraph) in KEPT {
        assert!(text(out, &rows, input).contains(paragraph), "{input}: lost {paragraph}");
    }
    for (input, fate) in FATES {
        let text = if fate == WRITTEN { text(out, &rows, input) } else { continue };
        for phrase in CUT {
            assert!(!text.contains(phrase), "{input}: still holds {phrase}");
        }
    }
}

#[test]
fn the_mastercms_samples_come_out_to_the_byte() {
    let (folder, _, rows) = cleaned();
    let expected = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/expected");
    for stem in ["01-mastercms", "02-mastercms-flat", "03-mastercms-flat-date"] {
        let expected = fs::read_to_string(expected.join(format!("{stem}.txt"))).expect("an expected text");
        let input =
            FATES.iter().find(|(input, _)| input.split('.').next() == Some(stem)).expect("its sample").0;
        assert_eq!(text(folder.path(), &rows, input), expected, "{input}");
    }
}

#[test]
fn cleaning_the_dump_again_writes_nothing() {
    let (folder, _, _) = cleaned();
    let before = text_files(folder.path());
    run(folder.path());
    assert_eq!(text_files(folder.path()), before);
}

#[test]
fn the_readme_names_every_file_of_the_dump() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let readme = fs::read_to_string(folder.join("README.md")).expect("samples/README.md");
    for entry in fs::read_dir(folder.join("dump")).expect("samples/dump") {
        let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
        assert!(readme.contains(&format!("| `{name}` |")), "{name} is not in samples/README.md");
    }
}
