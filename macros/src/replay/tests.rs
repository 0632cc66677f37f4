//! What is found in bodies, and what is not.

use super::*;
use quote::quote;
use syn::parse_quote;

fn messages(of: Body, body: &TokenStream) -> Vec<String> {
    let arguments: [FnArg; 1] = [parse_quote!(prices: HashMap<String, u32>)];
    let mut errors = Errors::default();
    check(of, &arguments, body, &mut errors);
    errors.messages()
}

#[test]
fn known_calls_are_found_wherever_they_stand() {
    for body in [
        quote!({
            std::time::Instant::now();
        }),
        quote!({
            let f = || {
                if true { SystemTime::now() } else { loop {} }
            };
        }),
        quote!({ format!("{}", chrono::Utc::now()) }),
        quote!({ fs::read_to_string("x")? }),
        quote!({ rand::rng().random() }),
        quote!({ println!("hello") }),
        quote!({
            tokio::select! { _ = a => {} }
        }),
        quote!({
            static COUNT: AtomicU32 = AtomicU32::new(0);
        }),
        quote!({
            static mut COUNT: u32 = 0;
        }),
        quote!({ receiver.blocking_recv() }),
        quote!({ for price in prices {} }),
        quote!({ for price in &prices {} }),
        quote!({ prices.values().next() }),
        quote!({
            let seen = HashSet::new();
            seen.iter().next()
        }),
        quote!({
            let seen: std::collections::HashMap<_, _> = list.into_iter().collect();
            for one in &seen {}
        }),
        quote!({
            let seen = list.into_iter().collect::<HashSet<_>>();
            seen.into_iter().next()
        }),
        quote!({
            use tokio::time::sleep;
            sleep(SOON).await
        }),
        quote!({
            if early {
                use std::{
                    env,
                    thread::{self, sleep as nap},
                };
                nap(SOON);
            }
        }),
        quote!({
            use tokio::select;
            select! { _ = a => {} }
        }),
        quote!({ COUNT.fetch_add(1, Relaxed) }),
        quote!({ totals::COUNT.load(Relaxed) }),
        quote!({ NAMES.lock().unwrap().push(name) }),
        quote!({ CURRENT.with_borrow_mut(|current| current.push(1)) }),
        quote!({ unsafe { COUNT += 1 } }),
        quote!({ unsafe { COUNT = 1 } }),
        quote!({ unsafe { COUNT } }),
        quote!({ names.lock().expect("nobody panics").push(name) }),
        quote!({ *prices_of.read().unwrap() }),
        quote!({ receiver.recv().unwrap() }),
        quote!({ workflow::now().elapsed() }),
        quote!({ thread_rng().next_u32() }),
        quote!({
            let began = workflow::now();
            began.elapsed()
        }),
        quote!({ at.unwrap_or_else(Utc::now) }),
        quote!({ names.lock().unwrap_or_else(PoisonError::into_inner).clear() }),
        quote!({ unsafe { TABLE.rows[0] += 1 } }),
        quote!({
            workflow::select! {
                () = tokio::time::sleep(d) => {}
                run = Planner.run(x) => run?,
            }
        }),
        quote!({ json!({"at": Utc::now(), "kinds": ["a", b::c]}) }),
        quote!({ vec![Uuid::new_v4(); 3] }),
    ] {
        for of in [Body::InlineTool, Body::Workflow] {
            assert_eq!(messages(of, &body).len(), 1, "{body}");
        }
    }
}

#[test]
fn what_only_looks_like_one_is_not() {
    let body = quote!({
        fn helper() -> Instant {
            Instant::now()
        }
        static NAME: &str = "a";
        let now = moment.now();
        clock::now();
        workflow::now();
        workflow::sleep(SOON).await;
        command.new();
        let x = 3;
        let seen = HashSet::new();
        seen.contains(&x);
        prices.get("tea");
        let total: u32 = prices.values().copied().filter(|price| *price > 0).sum();
        let sorted = prices.into_iter().collect::<BTreeMap<_, _>>();
        static PATTERN: LazyLock<Regex> = LazyLock::new(pattern);
        crate::fs::plan();
        self::task::spawn();
        billing::process::id(x);
        schedule::time::interval(a, b);
        {
            let items: HashSet<u32> = all;
        }
        for item in items {}
        let (seen, rest) = parted(seen);
        for one in seen {}
        let closure = |prices: Vec<u32>| prices.iter().next();
        for prices in lists {
            prices.iter().next();
        }
        match found {
            Some(prices) => prices.iter().next(),
            None => None,
        }
        unchecked(|| println!("{total}"));
        let prices = vec![1];
        for price in prices {}
        workflow::select! { _ = a => {} }
        workflow::unchecked(|| println!("{:?}", Instant::now()));
        workflow::log(|| println!("{total}"));
        {
            use crate::plan::{process, task::spawn};
            use steadfast::workflow::{log, sleep};
            process::id(x);
            spawn();
            sleep(SOON).await;
        }
        log(|| println!("{total}"));
        wf::log(|| println!("{total}"));
        stopwatch.elapsed();
        json!({"at": now, "price": prices.get("tea")});
        workflow::select! {
            () = workflow::sleep(SOON) => {}
            run = Planner.run(x) => run?,
        }
        LIMIT.min(x);
        NAME.replace("a", "b");
        CONFIG.get_or_init(read);
        names.lock().await.push(name);
        receiver.recv().await.unwrap();
        door.lock()?;
        file.read(&mut buffer).unwrap();
        unsafe { of_c(LIMIT) };
        let at = LIMIT;
    });
    for of in [Body::InlineTool, Body::Workflow] {
        assert_eq!(messages(of, &body), [] as [&str; 0]);
    }
}
