//! The calls that a replay cannot repeat, and what to write for each.

use syn::Path;

/// What is wrong with a call, and what to write for it.
pub(super) struct Misuse {
    /// The end of its path; `*` is any function there.
    path: &'static [&'static str],
    pub(super) why: &'static str,
    /// What an inline tool does instead.
    pub(super) in_a_tool: &'static str,
    /// What a workflow does instead.
    pub(super) in_a_workflow: &'static str,
}

/// What calls of one kind have in common.
struct Kind {
    why: &'static str,
    in_a_tool: &'static str,
    in_a_workflow: &'static str,
}

const DIFFERS: &str = "would answer differently each time";
const AGAIN: &str = "would happen again each time";
const OUTSIDE: &str = "would go on outside of it";
const NOBODY: &str = "waits for what no record brings back";
const BLOCKS: &str = "would hold up every other workflow of the worker";

const CLOCK: Kind =
    Kind { why: DIFFERS, in_a_tool: "take the time as an argument", in_a_workflow: "write `workflow::now()`" };
const ID: Kind =
    Kind { why: DIFFERS, in_a_tool: "take the id as an argument", in_a_workflow: "write `workflow::uuid()`" };
const CHANCE: Kind =
    Kind { why: DIFFERS, in_a_tool: "take the number as an argument", in_a_workflow: "write `workflow::random()`" };
const SETTING: Kind =
    Kind { why: DIFFERS, in_a_tool: "take the setting as an argument", in_a_workflow: "take the setting as its input" };
const WORLD: Kind = Kind { why: AGAIN, in_a_tool: "", in_a_workflow: "" };
const WAIT: Kind = Kind { why: NOBODY, in_a_tool: "", in_a_workflow: "write `workflow::sleep(..)`" };
const LIMIT: Kind = Kind {
    why: NOBODY,
    in_a_tool: "",
    in_a_workflow: "wait for it and for `workflow::sleep(..)` in a `workflow::select!`",
};
const SLEEP: Kind = Kind { why: BLOCKS, in_a_tool: "", in_a_workflow: "write `workflow::sleep(..)`" };
const TASK: Kind = Kind {
    why: OUTSIDE,
    in_a_tool: "",
    in_a_workflow: "run things side by side with `workflow::join!` or `futures::future::join_all`",
};
const BLOCKING: Kind = Kind { why: BLOCKS, in_a_tool: "", in_a_workflow: "write `.await`" };
const CHANNEL: Kind = Kind { why: BLOCKS, in_a_tool: "", in_a_workflow: "use one of `tokio::sync`" };
const YIELD: Kind = Kind { why: "has nobody to give way to", in_a_tool: "leave it out", in_a_workflow: "leave it out" };
const PASSED: Kind = Kind {
    why: DIFFERS,
    in_a_tool: "take the time as an argument",
    in_a_workflow: "compare two times of `workflow::now()`",
};
const END: Kind =
    Kind { why: "would end the whole worker", in_a_tool: "return an error", in_a_workflow: "return an error" };

const fn misuse(path: &'static [&'static str], kind: &Kind) -> Misuse {
    let Kind { why, in_a_tool, in_a_workflow } = *kind;
    Misuse { path, why, in_a_tool, in_a_workflow }
}

const CALLS: [Misuse; 103] = [
    misuse(&["Instant", "now"], &CLOCK),
    misuse(&["SystemTime", "now"], &CLOCK),
    misuse(&["Utc", "now"], &CLOCK),
    misuse(&["Local", "now"], &CLOCK),
    misuse(&["OffsetDateTime", "now_utc"], &CLOCK),
    misuse(&["OffsetDateTime", "now_local"], &CLOCK),
    misuse(&["Timestamp", "now"], &CLOCK),
    misuse(&["Zoned", "now"], &CLOCK),
    misuse(&["Uuid", "new_v4"], &ID),
    misuse(&["Uuid", "now_v7"], &ID),
    misuse(&["Uuid", "now_v1"], &ID),
    misuse(&["Uuid", "now_v6"], &ID),
    misuse(&["Ulid", "new"], &ID),
    misuse(&["nanoid", "*"], &ID),
    misuse(&["rand", "random"], &CHANCE),
    misuse(&["rand", "random_range"], &CHANCE),
    misuse(&["rand", "random_bool"], &CHANCE),
    misuse(&["rand", "random_iter"], &CHANCE),
    misuse(&["rand", "rng"], &CHANCE),
    misuse(&["thread_rng"], &CHANCE),
    misuse(&["ThreadRng", "default"], &CHANCE),
    misuse(&["fastrand", "*"], &CHANCE),
    misuse(&["getrandom", "*"], &CHANCE),
    misuse(&["StdRng", "from_os_rng"], &CHANCE),
    misuse(&["StdRng", "from_entropy"], &CHANCE),
    misuse(&["SmallRng", "from_os_rng"], &CHANCE),
    misuse(&["SmallRng", "from_entropy"], &CHANCE),
    misuse(&["RandomState", "new"], &CHANCE),
    misuse(&["RandomState", "default"], &CHANCE),
    misuse(&["env", "var"], &SETTING),
    misuse(&["env", "var_os"], &SETTING),
    misuse(&["env", "vars"], &SETTING),
    misuse(&["env", "vars_os"], &SETTING),
    misuse(&["env", "set_var"], &SETTING),
    misuse(&["env", "args"], &SETTING),
    misuse(&["env", "args_os"], &SETTING),
    misuse(&["env", "current_exe"], &SETTING),
    misuse(&["env", "current_dir"], &SETTING),
    misuse(&["env", "temp_dir"], &SETTING),
    misuse(&["env", "home_dir"], &SETTING),
    misuse(&["process", "id"], &SETTING),
    misuse(&["thread", "current"], &SETTING),
    misuse(&["thread", "available_parallelism"], &SETTING),
    misuse(&["fs", "*"], &WORLD),
    misuse(&["File", "open"], &WORLD),
    misuse(&["File", "create"], &WORLD),
    misuse(&["File", "create_new"], &WORLD),
    misuse(&["File", "options"], &WORLD),
    misuse(&["tempfile", "*"], &WORLD),
    misuse(&["OpenOptions", "new"], &WORLD),
    misuse(&["io", "stdin"], &WORLD),
    misuse(&["io", "stdout"], &WORLD),
    misuse(&["io", "stderr"], &WORLD),
    misuse(&["io", "read_to_string"], &WORLD),
    misuse(&["TcpStream", "connect"], &WORLD),
    misuse(&["TcpStream", "connect_timeout"], &WORLD),
    misuse(&["net", "lookup_host"], &WORLD),
    misuse(&["TcpListener", "bind"], &WORLD),
    misuse(&["UdpSocket", "bind"], &WORLD),
    misuse(&["UnixStream", "connect"], &WORLD),
    misuse(&["UnixListener", "bind"], &WORLD),
    misuse(&["reqwest", "get"], &WORLD),
    misuse(&["reqwest", "Client", "new"], &WORLD),
    misuse(&["reqwest", "Client", "builder"], &WORLD),
    misuse(&["reqwest", "Client", "default"], &WORLD),
    misuse(&["reqwest", "ClientBuilder", "new"], &WORLD),
    misuse(&["blocking", "get"], &WORLD),
    misuse(&["blocking", "Client", "new"], &WORLD),
    misuse(&["ureq", "*"], &WORLD),
    misuse(&["Command", "new"], &WORLD),
    misuse(&["process", "exit"], &END),
    misuse(&["process", "abort"], &END),
    misuse(&["time", "sleep"], &WAIT),
    misuse(&["time", "sleep_until"], &WAIT),
    misuse(&["time", "interval"], &WAIT),
    misuse(&["time", "interval_at"], &WAIT),
    misuse(&["futures_timer", "Delay", "new"], &WAIT),
    misuse(&["async_io", "Timer", "after"], &WAIT),
    misuse(&["smol", "Timer", "after"], &WAIT),
    misuse(&["time", "timeout"], &LIMIT),
    misuse(&["time", "timeout_at"], &LIMIT),
    misuse(&["signal", "ctrl_c"], &Kind { why: NOBODY, in_a_tool: "", in_a_workflow: "write `workflow::signal(..)`" }),
    misuse(&["thread", "sleep"], &SLEEP),
    misuse(&["thread", "park"], &SLEEP),
    misuse(&["thread", "park_timeout"], &SLEEP),
    misuse(&["thread", "yield_now"], &YIELD),
    misuse(&["task", "yield_now"], &YIELD),
    misuse(&["thread", "spawn"], &TASK),
    misuse(&["thread", "scope"], &TASK),
    misuse(&["thread", "Builder", "new"], &TASK),
    misuse(&["rayon", "*"], &TASK),
    misuse(&["tokio", "spawn"], &TASK),
    misuse(&["task", "spawn"], &TASK),
    misuse(&["spawn_blocking"], &TASK),
    misuse(&["spawn_local"], &TASK),
    misuse(&["JoinSet", "new"], &TASK),
    misuse(&["LocalSet", "new"], &TASK),
    misuse(&["Handle", "current"], &TASK),
    misuse(&["runtime", "Runtime", "new"], &TASK),
    misuse(&["block_in_place"], &BLOCKING),
    misuse(&["mpsc", "sync_channel"], &CHANNEL),
    misuse(&["std", "sync", "mpsc", "channel"], &CHANNEL),
    misuse(&["executor", "block_on"], &BLOCKING),
];

/// Methods with names that mean nothing else.
const METHODS: [Misuse; 9] = [
    misuse(&["blocking_lock"], &BLOCKING),
    misuse(&["blocking_read"], &BLOCKING),
    misuse(&["blocking_write"], &BLOCKING),
    misuse(&["blocking_recv"], &BLOCKING),
    misuse(&["blocking_send"], &BLOCKING),
    misuse(&["block_on"], &BLOCKING),
    misuse(&["recv_timeout"], &BLOCKING),
    misuse(&["wait_timeout"], &BLOCKING),
    misuse(&["spawn_blocking"], &TASK),
];

/// What has passed since a point in time.
pub(super) const ELAPSED: Misuse = misuse(&[], &PASSED);

/// A lock or a channel of the standard library's, which is waited for with the thread.
pub(super) const LOCK: Misuse = misuse(
    &[],
    &Kind {
        why: "waits with the thread that all workflows of the worker share",
        in_a_tool: "take it as an argument",
        in_a_workflow: "use one of `tokio::sync` and `.await`, also where only branches of this workflow share it",
    },
);

const PRINTED: Kind = Kind {
    why: "would be printed again each time",
    in_a_tool: "write `workflow::log(|| ..)`, which does it once",
    in_a_workflow: "write `workflow::log(|| ..)`, which does it once",
};

const EITHER: Kind = Kind {
    why: "would choose at random among what is ready",
    in_a_tool: "",
    in_a_workflow: "write `workflow::select!`, which takes the first",
};

const MACROS: [Misuse; 9] = [
    misuse(&["print"], &PRINTED),
    misuse(&["println"], &PRINTED),
    misuse(&["eprint"], &PRINTED),
    misuse(&["eprintln"], &PRINTED),
    misuse(&["dbg"], &PRINTED),
    misuse(&["tokio", "select"], &EITHER),
    misuse(&["futures", "select"], &EITHER),
    misuse(&["nanoid"], &ID),
    misuse(&["thread_local"], &Kind { why: "would be another one in each process", in_a_tool: "", in_a_workflow: "" }),
];

/// What is wrong with calling a function of this path, if anything is known to be.
pub(super) fn of_call(path: &Path) -> Option<&'static Misuse> {
    CALLS.iter().find(|misuse| misuse.fits(path))
}

/// The same of a method.
pub(super) fn of_method(name: &syn::Ident) -> Option<&'static Misuse> {
    METHODS.iter().find(|misuse| misuse.path.iter().all(|known| name == known))
}

/// The same of a macro.
pub(super) fn of_macro(path: &Path) -> Option<&'static Misuse> {
    MACROS.iter().find(|misuse| misuse.fits(path))
}

impl Misuse {
    /// Whether it is what a path ends in, and nothing else stands before it than a crate that is known to have it.
    fn fits(&self, path: &Path) -> bool {
        let mut written = path.segments.iter().rev();
        let ends = self
            .path
            .iter()
            .rev()
            .all(|known| written.next().is_some_and(|segment| *known == "*" || segment.ident == known));
        // What is left is what stands before, the crate last.
        ends && written.last().is_none_or(|first| CRATES.iter().any(|known| first.ident == known))
    }
}

/// Where the calls are from; a module of the user's own may have a function of the same name.
const CRATES: [&str; 22] = [
    "std",
    "core",
    "tokio",
    "async_std",
    "futures",
    "chrono",
    "time",
    "jiff",
    "uuid",
    "ulid",
    "nanoid",
    "rand",
    "fastrand",
    "getrandom",
    "reqwest",
    "ureq",
    "rayon",
    "smol",
    "tempfile",
    "async_io",
    "futures_timer",
    "futures_util",
];
