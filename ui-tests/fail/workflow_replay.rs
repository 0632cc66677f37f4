use std::{
    collections::{HashMap, HashSet},
    fs::{File, OpenOptions},
    net::{TcpListener, TcpStream, UdpSocket},
    process::Command,
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    time::{Duration, Instant, SystemTime},
};
use steadfast::prelude::*;

#[workflow]
async fn clocks() {
    let _ = Instant::now();
    let _ = SystemTime::now();
    let _ = chrono::Utc::now();
    let _ = chrono::Local::now();
    let _ = time::OffsetDateTime::now_utc();
    let _ = jiff::Timestamp::now();
}

#[workflow]
async fn chance() {
    let _ = uuid::Uuid::new_v4();
    let _ = uuid::Uuid::now_v7();
    let _: u32 = rand::random();
    let _ = rand::rng();
    let _ = fastrand::u32(0..9);
    let _ = std::hash::RandomState::new();
}

#[workflow]
async fn surroundings() {
    let _ = std::env::var("HOME");
    let _ = std::env::args();
    let _ = std::env::current_dir();
    let _ = std::process::id();
    let _ = std::thread::current();
}

#[workflow]
async fn world() {
    let _ = std::fs::read("a");
    let _ = tokio::fs::read("a").await;
    let _ = File::open("a");
    let _ = OpenOptions::new();
    let _ = std::io::stdin();
    let _ = TcpStream::connect("a");
    let _ = TcpListener::bind("a");
    let _ = UdpSocket::bind("a");
    let _ = reqwest::get("a").await;
    let _ = reqwest::Client::new();
    let _ = ureq::get("a");
    let _ = Command::new("a");
    std::process::exit(1);
}

#[workflow]
async fn waits() {
    tokio::time::sleep(Duration::from_secs(1)).await;
    let _ = tokio::time::timeout(Duration::from_secs(1), async {}).await;
    let _ = tokio::time::interval(Duration::from_secs(1));
    std::thread::sleep(Duration::from_secs(1));
    let (_, mut receiver) = tokio::sync::mpsc::channel::<u32>(1);
    let _ = receiver.blocking_recv();
    futures::executor::block_on(async {});
}

#[workflow]
async fn tasks() {
    tokio::spawn(async {});
    let _ = tokio::task::spawn_blocking(|| {});
    std::thread::spawn(|| {});
}

#[workflow]
async fn order(prices: HashMap<String, u32>) {
    for _ in &prices {}
    let _ = prices.keys().next();
    let seen: HashSet<u32> = [1].into_iter().collect();
    let _ = seen.iter().next();
}

#[workflow]
async fn shared() {
    static mut COUNT: u32 = 0;
    static CALLS: AtomicU32 = AtomicU32::new(0);
    static NAMES: Mutex<Vec<String>> = Mutex::new(Vec::new());
    println!("hello");
}

static TOTAL: AtomicU32 = AtomicU32::new(0);
static NAMES: Mutex<Vec<String>> = Mutex::new(Vec::new());

#[workflow]
async fn shared_by_all() {
    TOTAL.fetch_add(1, Relaxed);
    let _ = NAMES.lock().map(|names| names.len());
}

#[workflow]
async fn locks(names: Vec<String>) {
    let names = Mutex::new(names);
    names.lock().unwrap().clear();
    let (_, receiver) = std::sync::mpsc::channel::<u32>();
    let _ = receiver.recv().unwrap();
}

#[workflow]
async fn brought_in() {
    use std::thread::sleep;
    sleep(Duration::from_secs(1));
    let _ = workflow::now().elapsed();
    tokio::task::yield_now().await;
}

/// Nothing of this is one.
#[workflow]
async fn fine(prices: HashMap<String, u32>) -> Option<u32> {
    workflow::sleep(Duration::from_secs(1)).await;
    let _ = (workflow::now(), workflow::uuid(), workflow::random::<u32>());
    workflow::unchecked(|| println!("hello"));
    workflow::log(|| println!("hello"));
    let names = tokio::sync::Mutex::new(Vec::new());
    names.lock().await.push(1);
    prices.get("tea").copied()
}

fn main() {}
