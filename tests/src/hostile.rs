//! A server that answers what nobody should have to read, and counts how much of it is
//! taken. It is made of sockets and threads alone.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use flate2::{Compression, write::GzEncoder};

/// A pause that no call waits out.
const DRIP: Duration = Duration::from_millis(50);

/// What is answered to a request.
pub struct Answer {
    status: u16,
    headers: String,
    first: Vec<u8>,
    then: Then,
}

/// What follows the first bytes.
enum Then {
    End,
    /// This again and again.
    Endless(Vec<u8>),
    /// A byte from time to time.
    Drip,
}

impl Answer {
    /// A body of JSON, or of anything.
    pub fn of(status: u16, body: impl Into<Vec<u8>>) -> Answer {
        Answer {
            status,
            headers: String::new(),
            first: body.into(),
            then: Then::End,
        }
    }

    /// The first bytes, then a piece again and again.
    pub fn endless(first: &str, piece: &str) -> Answer {
        let whole = piece.repeat((64 << 10) / piece.len().max(1) + 1);
        Answer {
            then: Then::Endless(whole.into_bytes()),
            ..Answer::of(200, first)
        }
    }

    /// The first bytes, then a space from time to time, for ever.
    pub fn dripping(first: &str) -> Answer {
        Answer {
            then: Then::Drip,
            ..Answer::of(200, first)
        }
    }

    /// A small answer that unpacks to the first bytes and so many of a piece. Beyond four
    /// million, its end is missing: nobody should come so far.
    pub fn packed(first: &str, piece: &str, bytes: usize) -> Answer {
        let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
        let block = piece.repeat((1 << 20) / piece.len().max(1)).into_bytes();
        let mut put = |bytes: &[u8]| {
            packer.write_all(bytes).expect("memory takes it");
            packer.flush().expect("memory takes it");
            packer.get_ref().len()
        };
        put(first.as_bytes());
        let body = match bytes.div_ceil(block.len()) {
            few @ 0..=4 => {
                for part in block.repeat(few)[..bytes].chunks(block.len()) {
                    put(part);
                }
                packer.finish().expect("memory takes it")
            }
            many => {
                // The second block says that the first comes again: so it can be
                // repeated as it is.
                let (from, to) = (put(&block), put(&block));
                let again = packer.get_ref()[from..to].to_vec();
                let mut body = packer.get_ref()[..to].to_vec();
                body.extend(again.repeat(many));
                body
            }
        };
        Answer::of(200, body).with("content-encoding: gzip")
    }

    pub fn with_status(self, status: u16) -> Answer {
        Answer { status, ..self }
    }

    /// With a header line.
    pub fn with(self, header: &str) -> Answer {
        let headers = format!("{}{header}\r\n", self.headers);
        Answer { headers, ..self }
    }
}

/// The server. It ends when it is dropped.
pub struct Hostile {
    address: SocketAddr,
    shared: Arc<Shared>,
}

type Script = Box<dyn Fn(&str) -> Answer + Send + Sync>;

struct Shared {
    answer: Script,
    sent: AtomicU64,
    requests: Mutex<Vec<String>>,
    is_over: AtomicBool,
}

impl Hostile {
    /// Answers each request by its first line: `GET /v2/orders?page=1 HTTP/1.1`.
    pub fn start(answer: impl Fn(&str) -> Answer + Send + Sync + 'static) -> Hostile {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let shared = Arc::new(Shared {
            answer: Box::new(answer),
            sent: AtomicU64::new(0),
            requests: Mutex::default(),
            is_over: AtomicBool::new(false),
        });
        let server = shared.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                if server.is_over.load(Ordering::Relaxed) {
                    return;
                }
                let (Ok(stream), server) = (stream, server.clone()) else {
                    continue;
                };
                // An error is the client's leaving.
                thread::spawn(move || server.serve(stream));
            }
        });
        Hostile { address, shared }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many bytes of bodies went out.
    pub fn sent(&self) -> u64 {
        self.shared.sent.load(Ordering::Relaxed)
    }

    /// The first line of each request.
    pub fn requests(&self) -> Vec<String> {
        self.shared.requests.lock().expect("nobody panics").clone()
    }
}

impl Drop for Hostile {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::Relaxed);
        // Wakes the one who listens.
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn serve(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let request = request(&mut stream)?;
        let line = request.lines().next().unwrap_or_default().to_owned();
        self.requests
            .lock()
            .expect("nobody panics")
            .push(line.clone());
        let answer = (self.answer)(&line);
        let length = match answer.then {
            Then::End => format!("content-length: {}\r\n", answer.first.len()),
            Then::Endless(_) | Then::Drip => String::new(),
        };
        let head = format!(
            "HTTP/1.1 {} X\r\n{length}{}connection: close\r\n\r\n",
            answer.status, answer.headers
        );
        stream.write_all(head.as_bytes())?;
        self.send(&mut stream, &answer.first)?;
        while !self.is_over.load(Ordering::Relaxed) {
            match &answer.then {
                Then::End => break,
                Then::Endless(piece) => self.send(&mut stream, piece)?,
                Then::Drip => {
                    self.send(&mut stream, b" ")?;
                    thread::sleep(DRIP);
                }
            }
        }
        Ok(())
    }

    fn send(&self, stream: &mut TcpStream, bytes: &[u8]) -> std::io::Result<()> {
        stream.write_all(bytes)?;
        self.sent.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        Ok(())
    }
}

/// A request with its body, as text.
fn request(stream: &mut TcpStream) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                let is_it = name.eq_ignore_ascii_case("content-length");
                is_it.then(|| value.trim().parse::<usize>().ok())?
            });
            if body.len() >= length.unwrap_or(0) {
                return Ok(text);
            }
        }
        match stream.read(&mut piece)? {
            0 => return Ok(text),
            read => bytes.extend_from_slice(&piece[..read]),
        }
    }
}
