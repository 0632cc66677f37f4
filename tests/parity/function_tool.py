"""Prints, as JSON, the tools that the OpenAI Agents SDK makes of the functions below.

    python function_tool.py > function_tool.json

The output is what a tool of ours is compared with: a user who comes from that SDK expects the model to see the same.
Each function is one case and shows one thing, so that a difference has one cause. What the SDK refuses is part of the
output too, with its message.
"""

import json
import sys
from datetime import date, datetime, time, timedelta
from enum import Enum, IntEnum
from pathlib import Path
from typing import Annotated, Any, Generic, Literal, NamedTuple, Optional, TypeVar, Union
from uuid import UUID

from agents import RunContextWrapper, function_tool
from pydantic import AnyUrl, BaseModel, ConfigDict, Field, NonNegativeInt, PositiveInt, RootModel
from pydantic.alias_generators import to_camel

# Those of `typing` are there, or good enough for Pydantic, only from Python 3.12 on.
from typing_extensions import NotRequired, TypeAliasType, TypedDict

CASES = []


def case(function=None, **options):
    """Notes a function to make a tool of. That happens later, for it may fail."""

    def note(function):
        CASES.append((function, options))
        return function

    return note if function is None else note(function)


# --- No arguments, and one of each scalar ---


@case
def no_arguments() -> None:
    """Takes nothing."""


@case
def nothing(none: None) -> None:
    """Takes the one value there is."""


@case
def four_scalars(count: int, ratio: float, enabled: bool, query: str) -> None:
    """Takes one of each, in the order of the function and not of the alphabet."""


# --- Descriptions ---


@case
def described(city: str, days: int) -> None:
    """Current weather in a city.

    Args:
        city: City name, for example "Lisbon".
        days: Days to look ahead.
    """


@case
def no_docstring(query: str) -> None:
    pass


@case
def multi_line(query: str, limit: int) -> None:
    """Searches the documents.

    Only those that the user may read are looked at. The best match
    comes first:

    - by title
    - by text

    Args:
        query: What to look for.
            Several words are all looked for.
        limit: The most results to give,
            from the best down.
    """


@case
def unicode_and_quotes(query: str) -> None:
    """Findet „Straßen“ – even \\d+ and `code` and "quotes" and <tags> & more.

    Args:
        query: Der 'Name', z. B. "Hauptstraße 1/2" → eine Liste 🏠.
    """


@case
def more_sections(query: str) -> None:
    """Searches the documents.

    Args:
        query: What to look for.

    Returns:
        The titles.

    Raises:
        ValueError: When the query is empty.
    """


# --- Optional ---


@case
def optional_integer(count: Optional[int] = None) -> None:
    """Takes an integer or nothing."""


@case
def optional_described(query: Optional[str] = None) -> None:
    """Takes a string or nothing.

    Args:
        query: What to look for; all there is without it.
    """


@case
def optional_with_default(count: Optional[int] = 3) -> None:
    """Takes an integer or nothing, and otherwise three."""


# --- Defaults ---


@case
def default_whole_float(ratio: float = 1.0) -> None:
    """Takes one if not told, and that is no integer."""


@case
def default_list(tags: list[str] = ["new", "hot"]) -> None:  # noqa: B006 - it is never called
    """Takes two tags if not told."""


@case
def default_empty_list(tags: list[str] = []) -> None:  # noqa: B006
    """Takes no tags if not told."""


@case
def default_date(day: date = date(2026, 1, 31)) -> None:  # noqa: B008
    """Takes a day if not told."""


@case
def required_after_default(limit: int = 10, *, query: str) -> None:
    """Has a default before what is required."""


# --- Lists, sets, tuples ---


@case
def list_of_lists(rows: list[list[float]]) -> None:
    """Takes a matrix."""


@case
def list_of_optional(numbers: list[Optional[int]]) -> None:
    """Takes integers with holes."""


@case
def optional_list(numbers: Optional[list[int]] = None) -> None:
    """Takes integers or nothing."""


@case
def bare_list(things: list) -> None:
    """Takes anything, several times."""


@case
def set_of_text(tags: set[str]) -> None:
    """Takes strings, each once."""


@case
def tuple_of_one_type(point: tuple[float, float]) -> None:
    """Takes two floats."""


@case
def tuple_of_three(color: tuple[int, int, int]) -> None:
    """Takes three integers."""


@case
def tuple_of_several_types(entry: tuple[str, int, bool]) -> None:
    """Takes one of each."""


class Interval(NamedTuple):
    start: int
    end: int


@case
def named_tuple(interval: Interval) -> None:
    """Takes a named tuple."""


# --- Literals and enums ---


class Unit(str, Enum):
    """A unit of temperature."""

    C = "C"
    F = "F"


class Priority(IntEnum):
    LOW = 1
    HIGH = 2


@case
def literal(order: Literal["asc", "desc"]) -> None:
    """Takes one of two words."""


@case
def literal_single(kind: Literal["book"]) -> None:
    """Takes one word."""


@case
def literal_optional(order: Optional[Literal["asc", "desc"]] = None) -> None:
    """Takes one of two words or nothing."""


@case
def enum(unit: Unit) -> None:
    """Takes a documented enum."""


@case
def enum_described(unit: Unit) -> None:
    """Takes an enum that is described here.

    Args:
        unit: Unit of the answer.
    """


@case
def enum_optional(unit: Optional[Unit] = None) -> None:
    """Takes an enum or nothing."""


@case
def enum_default(unit: Unit = Unit.C) -> None:
    """Takes an enum, or its first member."""


@case
def enum_of_integers(priority: Priority) -> None:
    """Takes an enum of numbers."""


# --- Models ---


class Point(BaseModel):
    x: float
    y: float


class Stay(BaseModel):
    """A stay at a hotel."""

    nights: int = Field(description="Nights to stay.")
    unit: Unit = Field(description="Unit of the forecast.")
    breakfast: bool


class Options(BaseModel):
    """How to search."""

    limit: int = 10
    exact: bool = Field(default=False, description="Whether words have to match as they are.")
    language: str = "en"
    unit: Unit = Unit.C
    tags: list[str] = []
    after: Optional[str] = None


class Contact(BaseModel):
    name: str
    email: Optional[str]
    phone: Optional[str] = Field(default=None, description="With the country's code.")
    unit: Optional[Unit] = None
    home: Optional[Point] = None


class Renamed(BaseModel):
    user_name: str = Field(alias="userName", description="Who it is.")
    kind: str = Field(alias="type")


class Camel(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel)

    first_name: str
    date_of_birth: date


class Factory(BaseModel):
    tags: list[str] = Field(default_factory=list)


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")

    name: str


class Empty(BaseModel):
    pass


class Verbose(BaseModel):
    """An order.

    It may hold several things, but
    only of one seller.
    """

    number: str = Field(description="The number on the receipt.\nIt starts with a letter.")


class Exemplary(BaseModel):
    city: str = Field(examples=["Lisbon", "Porto"])
    country: str = Field(deprecated=True)


class Keywords(BaseModel):
    """Fields that are named like words of JSON schema."""

    title: str
    description: str
    default: Optional[str] = None
    const: Optional[int] = None
    enum: Optional[list[str]] = None
    examples: Optional[list[str]] = None
    type: str
    properties: list[str]
    required: bool


class Base(BaseModel):
    id: int


class Derived(Base):
    name: str


class Numbers(RootModel[list[int]]):
    """Some numbers."""


@case
def model_described(stay: Stay) -> None:
    """Takes a model that is described here.

    Args:
        stay: The stay to book.
    """


@case
def model_with_defaults(options: Options) -> None:
    """Takes a model with defaults."""


@case
def model_as_default(options: Options = Options(limit=5)) -> None:  # noqa: B008
    """Takes a model, or another."""


@case
def model_with_optional(contact: Contact) -> None:
    """Takes a model with optional fields."""


@case
def model_with_aliases(renamed: Renamed) -> None:
    """Takes a model whose fields go by other names."""


@case
def model_in_camel_case(camel: Camel) -> None:
    """Takes a model whose fields are all renamed."""


@case
def model_with_factory(factory: Factory) -> None:
    """Takes a model whose default is made anew."""


@case
def model_open(open: Open) -> None:
    """Takes a model that allows anything else."""


@case
def model_empty(empty: Empty) -> None:
    """Takes a model without fields."""


@case
def model_of_many_words(verbose: Verbose) -> None:
    """Takes a model with descriptions of several lines."""


@case
def model_with_examples(exemplary: Exemplary) -> None:
    """Takes a model with examples and a deprecated field."""


@case
def model_with_keywords(keywords: Keywords) -> None:
    """Takes a model whose fields are named like words of JSON schema."""


@case
def model_derived(derived: Derived) -> None:
    """Takes a model that has the fields of another."""


@case
def model_of_a_list(numbers: Numbers) -> None:
    """Takes a model that is a list."""


@case
def model_optional_described(stay: Optional[Stay] = None) -> None:
    """Takes a model or nothing.

    Args:
        stay: The stay to book, if any.
    """


@case
def model_twice_described(start: Point, end: Point) -> None:
    """Takes a model twice.

    Args:
        start: Where it starts.
        end: Where it ends.
    """


# --- Models in models ---


class Address(BaseModel):
    """Where somebody lives."""

    street: str = Field(description="Street and number.")
    city: str


class Person(BaseModel):
    """Somebody."""

    name: str
    address: Address = Field(description="Where to send things.")


class Company(BaseModel):
    """Where somebody works."""

    owner: Person = Field(description="Who has it.")
    staff: list[Person]
    seat: Address


@case
def three_deep_described(company: Company) -> None:
    """Takes a model in a model in a model.

    Args:
        company: Who pays.
    """


# --- Recursive models ---


class Tree(BaseModel):
    """A tree."""

    label: str
    children: list["Tree"] = Field(description="What is below.")


class Link(BaseModel):
    value: int
    next: Optional["Link"] = Field(default=None, description="The rest.")


class Folder(BaseModel):
    """A folder."""

    name: str
    files: list["File"]


class File(BaseModel):
    """A file."""

    name: str
    parent: Optional[Folder] = None


class Constant(BaseModel):
    kind: Literal["constant"]
    value: float


class Negation(BaseModel):
    kind: Literal["negation"]
    inner: "Expression"


class Condition(BaseModel):
    kind: Literal["condition"]
    then: "Choice" = Field(description="What it is if so.")


Expression = TypeAliasType("Expression", Annotated[Union[Constant, Negation], Field(discriminator="kind")])
Choice = TypeAliasType("Choice", Annotated[Union[Constant, Condition], Field(discriminator="kind")])


@case
def tree_described(tree: Tree) -> None:
    """Takes a tree.

    Args:
        tree: The tree to walk.
    """


@case
def linked_list(first: Link) -> None:
    """Takes a list of links."""


@case
def mutually_recursive(folder: Folder) -> None:
    """Takes two models that hold each other."""


@case
def recursive_alias(expression: Expression) -> None:
    """Takes a named union that holds itself."""


@case
def recursive_alias_described(choice: Choice) -> None:
    """Takes a named union that holds itself in a field with a description."""


# --- What else makes an object ---


class Partial(TypedDict, total=False):
    title: str
    year: NotRequired[int]


T = TypeVar("T")


class Page(BaseModel, Generic[T]):
    """One page of many."""

    items: list[T]
    next: Optional[int] = None


class Billing:
    class Account(BaseModel):
        iban: str


class Login:
    class Account(BaseModel):
        user: str


@case
def a_partial_typed_dict(partial: Partial) -> None:
    """Takes a typed dictionary whose keys may be missing."""


@case
def generic_twice(points: Page[Point], numbers: Page[int]) -> None:
    """Takes a generic model of two things."""


@case
def same_name(billing: Billing.Account, login: Login.Account) -> None:
    """Takes two models of one name."""


# --- Unions ---


class Cat(BaseModel):
    """A cat."""

    kind: Literal["cat"]
    lives: int = Field(description="Those that are left.")


class Dog(BaseModel):
    """A dog."""

    kind: Literal["dog"]
    good: bool


class Circle(BaseModel):
    radius: float


class Square(BaseModel):
    side: float


class CircleShape(BaseModel):
    circle: Circle


class SquareShape(BaseModel):
    square: Square


@case
def union_of_all_scalars(value: Union[bool, int, float, str, None]) -> None:
    """Takes any scalar."""


@case
def union_described(id: Union[int, str]) -> None:
    """Takes a number or a string.

    Args:
        id: The number of the order, or its name.
    """


@case
def union_optional(id: Union[int, str, None] = None) -> None:
    """Takes a number, a string or nothing."""


@case
def union_by_the_key(shape: Union[CircleShape, SquareShape]) -> None:
    """Takes one of two models, which the only key tells."""


@case
def discriminated(pet: Annotated[Union[Cat, Dog], Field(discriminator="kind")]) -> None:
    """Takes one of two models, which a field tells."""


@case
def list_of_discriminated(pets: list[Annotated[Union[Cat, Dog], Field(discriminator="kind")]]) -> None:
    """Takes several of two models."""


# --- Constraints ---


class Limits(BaseModel):
    """What is within bounds."""

    stars: int = Field(ge=1, le=5, description="How many stars.")
    share: float = Field(gt=0, lt=1)
    code: str = Field(min_length=2, max_length=8, pattern="^[A-Z]+$")
    parts: list[Annotated[str, Field(min_length=1)]] = Field(min_length=1, max_length=3)
    nights: Optional[Annotated[int, Field(ge=1)]] = None
    step: int = Field(default=5, multiple_of=5)


class Counts(BaseModel):
    seen: NonNegativeInt
    wanted: PositiveInt


@case
def range_inclusive(count: Annotated[int, Field(ge=1, le=10)]) -> None:
    """Takes one to ten."""


@case
def range_exclusive(ratio: Annotated[float, Field(gt=0, lt=1)]) -> None:
    """Takes what is between."""


@case
def range_of_a_byte(level: Annotated[int, Field(ge=0, le=255)]) -> None:
    """Takes what fits into a byte."""


@case
def range_as_default(count: int = Field(3, ge=1, le=10, description="How many.")) -> None:
    """Takes one to ten, or three, all told by the default."""


@case
def range_optional(count: Optional[Annotated[int, Field(ge=1, le=10)]] = None) -> None:
    """Takes one to ten or nothing."""


# The SDK keeps of `Annotated` what is a `Field`, so what this one says is lost. In a model it is not.


@case
def non_negative(count: NonNegativeInt) -> None:
    """Takes zero or more."""


@case
def length_of_text(name: Annotated[str, Field(min_length=1, max_length=64)]) -> None:
    """Takes a short string."""


@case
def pattern(code: Annotated[str, Field(pattern=r"^[A-Z]{3}-\d+$")]) -> None:
    """Takes a string of one form."""


@case
def length_of_set(tags: Annotated[set[str], Field(min_length=1)]) -> None:
    """Takes a set with something in it."""


@case
def range_of_items(stars: list[Annotated[int, Field(ge=1, le=5)]]) -> None:
    """Takes several of one to five."""


@case
def length_of_items(tags: Annotated[list[Annotated[str, Field(min_length=1)]], Field(max_length=3)]) -> None:
    """Takes a short list of what is not empty."""


@case
def model_with_constraints(limits: Limits) -> None:
    """Takes a model with constraints."""


@case
def model_with_counts(counts: Counts) -> None:
    """Takes a model with numbers that are not negative."""


# --- Strings that are something else ---


@case
def a_datetime(at: datetime) -> None:
    """Takes a point in time."""


@case
def a_time(at: time) -> None:
    """Takes a time of day."""


@case
def a_timedelta(wait: timedelta) -> None:
    """Takes a span of time."""


@case
def a_url(url: AnyUrl) -> None:
    """Takes a URL."""


@case
def some_bytes(data: bytes) -> None:
    """Takes bytes."""


@case
def a_path(path: Path) -> None:
    """Takes a path."""


@case
def list_of_uuids(ids: list[UUID]) -> None:
    """Takes several ids."""


# --- What strict mode has trouble with ---


@case
def a_map(labels: dict[str, str]) -> None:
    """Takes any keys."""


@case(strict_mode=False)
def a_map_not_strict(labels: dict[str, str]) -> None:
    """Takes any keys."""


@case
def a_map_of_integers(names: dict[int, str]) -> None:
    """Takes numbers as keys."""


@case
def a_map_of_literals(prices: dict[Literal["adult", "child"], float]) -> None:
    """Takes two keys."""


@case
def a_map_in_a_list(rows: list[dict[str, int]]) -> None:
    """Takes any keys, several times."""


@case
def anything(value: Any) -> None:
    """Takes anything."""


@case(strict_mode=False)
def anything_not_strict(value: Any) -> None:
    """Takes anything."""


@case(strict_mode=False)
def defaults_not_strict(query: str, limit: int = 10, after: Optional[str] = None) -> None:
    """Has defaults and is not strict."""


class Client:
    pass


@case
def no_schema(client: Client) -> None:
    """Takes what no JSON can be."""


# --- Kinds of functions and of parameters ---


@case
def context(context: RunContextWrapper[Any], query: str) -> None:
    """Takes the context of the run.

    Args:
        context: Not for the model.
        query: What to look for.
    """


@case
def context_last(query: str, context: RunContextWrapper[Any]) -> None:
    """Takes the context of the run behind the rest."""


@case(name_override="web-search")
def name_override(query: str) -> None:
    """Goes by another name."""


@case
async def asynchronous(query: str) -> None:
    """Takes its time.

    Args:
        query: What to look for.
    """


@case
def argument_alias(query: Annotated[str, Field(alias="q")]) -> None:
    """Takes an argument that goes by another name."""


@case
def keywords_of_rust(type: str, match: str, self_: bool) -> None:
    """Takes arguments that are words of Rust."""


@case
def keywords_of_schemas(title: str, description: str, default: Optional[str], type: str, enum: Optional[str]) -> None:
    """Takes arguments that are words of JSON schema."""


@case
def underscore(_verbose: bool) -> None:
    """Takes an argument that looks private."""


@case
def ten_arguments(
    query: str,
    stay: Stay,
    points: list[Point],
    at: datetime,
    order: Literal["asc", "desc"] = "asc",
    limit: Annotated[int, Field(ge=1, le=100)] = 10,
    unit: Unit = Unit.C,
    tags: Optional[list[str]] = None,
    after: Optional[str] = None,
    exact: bool = False,
) -> None:
    """Searches for a place to stay.

    Args:
        query: What to look for.
        stay: The stay to book.
        points: Where it has to be close to.
        at: When to arrive.
        order: The order of the results.
        limit: The most results to give.
        unit: Unit of the forecast.
        tags: What it has to have.
        after: Where the last page ended.
        exact: Whether words have to match as they are.
    """


def tool_of(function, options):
    """What the SDK makes of a function, or why it makes nothing."""
    try:
        tool = function_tool(function, **options)
    except Exception as error:  # Not only its own: Pydantic's errors come through as they are.
        return {"name": function.__name__, "error": str(error)}
    return {
        "name": tool.name,
        "description": tool.description,
        "strict": tool.strict_json_schema,
        "parameters": tool.params_json_schema,
    }


if __name__ == "__main__":
    json.dump([tool_of(*entry) for entry in CASES], sys.stdout, indent=2, ensure_ascii=False)
    print()
