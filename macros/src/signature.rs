//! Any function, read once for all attributes, and the rules that hold for all of them.

use crate::{
    diag::Errors,
    types::{first_type, impl_trait, last_segment},
};
use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::{
    Attribute, Expr, ExprLit, FnArg, GenericParam, ItemImpl, Lit, Meta, Pat, ReturnType, Signature, Token, Type,
    Visibility,
    ext::IdentExt,
    parse::{Parse, ParseStream},
    spanned::Spanned,
};

/// What is made of a function.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Role {
    Tool,
    Activity,
    /// A tool of a toolset.
    Method,
    Guardrail,
    Workflow,
    /// A method of a workflow with a state; what it may do with `self` depends on what it handles.
    Handler,
}

impl Role {
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Tool | Self::Method => "tool",
            Self::Activity => "activity",
            Self::Guardrail => "guardrail",
            Self::Workflow => "workflow",
            Self::Handler => "handler",
        }
    }

    /// The same with its article.
    pub(crate) fn one(self) -> String {
        let article = if self == Self::Activity { "an" } else { "a" };
        format!("{article} {}", self.noun())
    }
}

/// A function with a body. Only the signature is parsed, for the body is usually passed on as it is.
#[derive(Clone)]
pub(crate) struct Function {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    /// Without the attributes that are ours, which the compiler would refuse.
    pub(crate) sig: Signature,
    /// What was taken from the parameters, one entry for each: their docs, and the attributes that are options.
    pub(crate) taken: Vec<Vec<Attribute>>,
    pub(crate) body: TokenStream,
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        Self::behind(input.call(Attribute::parse_outer)?, input.parse()?, input)
    }
}

fn take_ours(input: &mut FnArg) -> Vec<Attribute> {
    let (FnArg::Receiver(syn::Receiver { attrs, .. }) | FnArg::Typed(syn::PatType { attrs, .. })) = input;
    let (ours, theirs) = std::mem::take(attrs).into_iter().partition(is_ours);
    *attrs = theirs;
    ours
}

/// The compiler refuses documentation on parameters, and knows none of the others.
pub(crate) fn is_ours(attr: &Attribute) -> bool {
    ["doc", "arg", "serde", "schemars"].iter().any(|name| attr.path().is_ident(name))
}

impl Function {
    fn behind(attrs: Vec<Attribute>, vis: Visibility, input: ParseStream<'_>) -> syn::Result<Self> {
        let mut sig: Signature = input.parse()?;
        let taken = sig.inputs.iter_mut().map(take_ours).collect();
        Ok(Self { attrs, vis, sig, taken, body: input.parse()? })
    }

    /// Reads the item below an attribute, or says that it has to be a function.
    pub(crate) fn read(item: &TokenStream, role: Role, errors: &mut Errors) -> Option<Self> {
        let parser = |input: ParseStream<'_>| {
            let attrs = input.call(Attribute::parse_outer)?;
            let vis = input.parse()?;
            let starts = input.peek(Token![fn])
                || input.peek(Token![async])
                || input.peek(Token![unsafe])
                || input.peek(Token![extern])
                || (input.peek(Token![const]) && !(input.peek2(Ident::peek_any) && input.peek3(Token![:])));
            if starts {
                return Self::behind(attrs, vis, input);
            }
            let place: TokenStream = input.parse::<TokenStream>()?.into_iter().take(2).collect();
            let message = format!("`#[{}]` makes {} of a function; put it on a `fn`", role.noun(), role.one());
            Err(syn::Error::new_spanned(place, message))
        };
        errors.keep(syn::parse::Parser::parse2(parser, item.clone()))
    }

    /// The function's name, without the `r#` of a keyword.
    pub(crate) fn name(&self) -> String {
        self.sig.ident.unraw().to_string()
    }

    /// The `#[cfg]`s, which hold for all that is generated.
    pub(crate) fn cfgs(&self) -> impl Iterator<Item = &Attribute> {
        self.attrs.iter().filter(|attr| attr.path().is_ident("cfg"))
    }

    /// Whether it stands in an `impl` block, as far as that shows.
    pub(crate) fn is_method(&self) -> bool {
        matches!(self.sig.inputs.first(), Some(FnArg::Receiver(_)))
    }

    /// What the function returns.
    pub(crate) fn output(&self) -> Output {
        let ReturnType::Type(_, ty) = &self.sig.output else {
            return Output { ty: syn::parse_quote!(()), ok: None, is_result: false };
        };
        let ty = (**ty).clone();
        let last = last_segment(&ty).filter(|segment| segment.ident == "Result");
        let (is_result, ok) = (last.is_some(), last.and_then(first_type).cloned());
        Output { ty, ok, is_result }
    }

    /// Notes what no tool and no workflow can be.
    pub(crate) fn check(&self, role: Role, errors: &mut Errors) {
        let one = role.one();
        let sig = &self.sig;
        if let Some(FnArg::Receiver(receiver)) = sig.inputs.first() {
            match role {
                Role::Tool => errors.at(
                    receiver,
                    "a tool has no `self`; put `#[tool]` on the `impl` block too, or take what it needs as `State<T>`",
                ),
                Role::Method if receiver.reference.is_none() || receiver.mutability.is_some() => {
                    errors.at(receiver, "all calls share one value; take `&self`, and put what changes behind a lock");
                }
                Role::Method | Role::Handler => {}
                Role::Activity => {
                    errors.at(receiver, "an activity has no `self`; take what it needs as `State<T>`");
                }
                Role::Guardrail => {
                    errors.at(receiver, "a guardrail has no `self`; take what it needs as `State<T>`");
                }
                Role::Workflow => {
                    errors.at(
                        receiver,
                        "a workflow has no `self`; pass it as input, or put `#[workflow]` on the `impl` block",
                    );
                }
            }
        }
        if let Some(keyword) = &sig.unsafety {
            errors.at(keyword, format!("{one} cannot be `unsafe`; whoever calls it reads no safety comments"));
        }
        if let Some(keyword) = &sig.constness {
            errors.at(keyword, format!("{one} runs long after compiling; remove `const`"));
        }
        if let Some(abi) = &sig.abi {
            errors.at(abi, format!("{one} is not called from C; remove `extern`"));
        }
        if let Some(dots) = &sig.variadic {
            errors.at(dots, format!("the arguments of {one} are a fixed list; remove `...`"));
        }
        for parameter in &sig.generics.params {
            errors.at(
                parameter,
                match parameter {
                    GenericParam::Lifetime(_) => {
                        format!("{one} cannot borrow, for its input comes from JSON; remove the lifetime")
                    }
                    _ => format!("{one} goes by one name and so has one set of types; write the types out"),
                },
            );
        }
        if let (Some(clause), true) = (&sig.generics.where_clause, sig.generics.params.is_empty()) {
            errors.at(clause, format!("{one} is not generic, so there is nothing to bound; remove the `where`"));
        }
        if !is_block(&self.body) {
            errors.at(&sig.ident, format!("{one} needs a body"));
        }
        self.check_output(role, errors);
    }

    fn check_output(&self, role: Role, errors: &mut Errors) {
        let Output { ty, ok, is_result } = self.output();
        if let Some(place) = impl_trait(ty.to_token_stream()) {
            let one = role.one();
            errors.at(place, format!("the result of {one} is written as JSON and read back; write its type out"));
        } else if is_result && ok.is_none() {
            errors.at(&ty, format!("this hides what the {} results in; write `Result<T, E>` out", role.noun()));
        }
    }
}

/// What a function returns.
pub(crate) struct Output {
    /// The whole type.
    pub(crate) ty: Type,
    /// The `T` of a `Result<T, ..>`.
    pub(crate) ok: Option<Type>,
    pub(crate) is_result: bool,
}

impl Output {
    /// The type of the value when all goes well.
    pub(crate) fn value(&self) -> &Type {
        self.ok.as_ref().unwrap_or(&self.ty)
    }
}

/// The text of doc comments, without the space behind the slashes.
pub(crate) fn docs(attrs: &[Attribute]) -> String {
    let line = |attr: &Attribute| match &attr.meta {
        Meta::NameValue(meta) if meta.path.is_ident("doc") => match &meta.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    };
    let lines: Vec<String> = attrs.iter().filter_map(line).collect();
    let text = lines.join("\n");
    let lines: Vec<&str> = text.lines().map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end()).collect();
    lines.join("\n").trim().to_owned()
}

/// The name a parameter is bound to, if its pattern is nothing but a name.
pub(crate) fn plain_name(pat: &Pat) -> Option<&Ident> {
    match pat {
        Pat::Ident(pat) if pat.by_ref.is_none() && pat.subpat.is_none() => Some(&pat.ident),
        _ => None,
    }
}

fn is_block(body: &TokenStream) -> bool {
    matches!(body.clone().into_iter().next(), Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace)
}

/// An identifier that nothing the user wrote can see or hide.
pub(crate) fn local(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

/// Where to point at, with names resolved as in generated code.
pub(crate) fn located_at(place: &impl Spanned) -> Span {
    Span::mixed_site().located_at(place.span())
}

/// Writes the type's name for `Self` in a method's head. Its body stays as it is, and is not used.
pub(crate) fn without_self(method: TokenStream, owner: &Type) -> TokenStream {
    method
        .into_iter()
        .map(|token| match token {
            TokenTree::Ident(ident) if ident == "Self" => quote_spanned!(ident.span()=> #owner),
            TokenTree::Group(group) if group.delimiter() != Delimiter::Brace => {
                let mut inside = Group::new(group.delimiter(), without_self(group.stream(), owner));
                inside.set_span(group.span());
                TokenTree::Group(inside).into()
            }
            other => other.into(),
        })
        .collect()
}

/// Reads the item below the attribute, if it is an `impl` block.
pub(crate) fn read_block(item: &TokenStream) -> Option<ItemImpl> {
    // Nearly all items are functions, and to parse each of them twice would show in every build.
    let has_impl = item.clone().into_iter().any(|token| matches!(token, TokenTree::Ident(word) if word == "impl"));
    if has_impl { syn::parse2(item.clone()).ok() } else { None }
}
