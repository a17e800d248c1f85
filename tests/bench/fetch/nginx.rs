//! nginx on loopback, with pages to fetch.
//!
//! Enters: nothing. Leaves: a server that is stopped when it is dropped. Invariant: it listens on loopback alone and
//! writes below its own folder.

use std::fmt::Write as _;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::is_here;

/// Pages that differ; addresses of others lead to one of them.
const DIFFERENT: usize = 1_000;

pub(crate) struct Nginx {
    folder: tempfile::TempDir,
    plain: u16,
    gzip: u16,
    page_bytes: usize,
    child: Child,
}

impl Nginx {
    /// Starts the server; `None` where nginx is not installed.
    pub(crate) fn start() -> Option<Nginx> {
        let program = ["nginx", "/usr/sbin/nginx"].into_iter().find(|program| is_here(program, "-v"))?;
        let folder = tempfile::tempdir().unwrap();
        let [plain, gzip] = free_ports();
        let pages = folder.path().join("pages");
        fs::create_dir(&pages).unwrap();
        let mut page_bytes = 0;
        for number in 0..DIFFERENT {
            let page = page(number);
            page_bytes = page.len();
            fs::write(pages.join(format!("{number:03}.html")), page).unwrap();
        }
        fs::write(folder.path().join("nginx.conf"), config(folder.path(), plain, gzip)).unwrap();
        let child = Command::new(program)
            .arg("-p")
            .arg(folder.path())
            .args(["-c", "nginx.conf", "-e", "error.log"])
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        for _ in 0..100 {
            if TcpStream::connect(("127.0.0.1", plain)).is_ok() {
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(Nginx { folder, plain, gzip, page_bytes, child })
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The port that serves pages as they are, or compressed.
    pub(crate) fn port(&self, gzip: bool) -> u16 {
        if gzip { self.gzip } else { self.plain }
    }

    pub(crate) fn page_bytes(&self) -> usize {
        self.page_bytes
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        _ = Command::new("kill").arg(self.child.id().to_string()).status();
        _ = self.child.wait();
    }
}

/// Every number leads to one of the pages, so that a million addresses need no million files.
fn config(folder: &Path, plain: u16, gzip: u16) -> String {
    let server = |port: u16, gzip: &str| {
        format!(
            "server {{
                 listen 0.0.0.0:{port}; gzip {gzip}; gzip_comp_level 6; gzip_proxied any;
                 allow 127.0.0.0/8; deny all;
                 root {folder}/pages;
                 location = /robots.txt {{ return 404; }}
                 location ~ \"^/\\d+(\\d\\d\\d)\\.html$\" {{ try_files /$1.html =404; }}
             }}",
            folder = folder.display()
        )
    };
    format!(
        "daemon off; worker_processes 1; pid {folder}/pid;
         events {{ worker_connections 4096; }}
         http {{
             access_log off; default_type text/html; charset utf-8; sendfile on; keepalive_requests 1000000;
             client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
             uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
             {} {}
         }}\n",
        server(plain, "off"),
        server(gzip, "on"),
        folder = folder.display()
    )
}

/// Two ports that nobody listens on.
fn free_ports() -> [u16; 2] {
    let listeners = [(), ()].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    listeners.map(|listener| listener.local_addr().unwrap().port())
}

/// An article of about 100 kB, most of it markup around the text, as news pages are.
fn page(number: usize) -> String {
    let mut page =
        format!("<!DOCTYPE html><html lang=\"vi\"><head><title>Bài số {number}</title></head><body><nav>");
    for link in 0..400 {
        _ = write!(
            page,
            "<li class=\"menu-item menu-item-{link}\"><a href=\"/muc-{link}.html\">Mục {link}</a></li>"
        );
    }
    _ = write!(page, "</nav><article><h1>Bài số {number} về một ngày chợ phiên</h1>");
    for paragraph in 0..40 {
        _ = write!(
            page,
            "<p class=\"text\">Đoạn {paragraph} của bài {number} kể chuyện chợ phiên: {} người bán rau, {} người mua cá, \
             và một cụ già ngồi uống chè từ lúc trời chưa sáng, vừa uống vừa hỏi giá từng mớ rau.</p>",
            number * 7 + paragraph,
            number * 3 + paragraph * 11,
        );
    }
    page.push_str("</article><aside>");
    for link in 0..420 {
        _ = write!(
            page,
            "<div class=\"related-card\" data-id=\"{link}\"><a href=\"/bai-{link}.html\" title=\"Tin số {link}\">\
             Tin số {link} trong ngày</a><span class=\"time\">{}:30</span></div>",
            link % 24
        );
    }
    page.push_str("</aside></body></html>\n");
    page
}
