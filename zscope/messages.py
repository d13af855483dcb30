"""Types of the messages that Python sends to the pages: data of components, and JSON of the HTTP routes.

Each class is a `TypedDict`. Functions that make a message have it as their return type, so that a type checker checks
them. `python -m docs.messages` writes the same types for JavaScript: `assets/js/core/messages.js`. A comment in
`Annotated` describes a key whose name does not explain it.
"""

from typing import Annotated, Literal, NotRequired, TypedDict

from vae.latent.sliders import Dimension

__all__ = [
    "AttributeData",
    "ChangeHead",
    "ComparePage",
    "ComparedFigure",
    "ComparedModel",
    "Dimension",
    "Direction",
    "ExplorePage",
    "Fault",
    "InputStyle",
    "LanguagePage",
    "LearnFigure",
    "LearnMistake",
    "LearnModel",
    "LearnPage",
    "MapData",
    "MapOnPage",
    "MapPage",
    "MapPair",
    "MapStatus",
    "MatchingHead",
    "MessageParts",
    "Model",
    "NoteLine",
    "PageData",
    "PathKind",
    "PathLine",
    "PathsPage",
    "PointData",
    "PointsHead",
    "PreparedHead",
    "PreparedStep",
    "Reading",
    "ReconstructPage",
    "RepairLine",
    "RoomControl",
    "RoomLink",
    "RoomLinks",
    "RoomMove",
    "RoomOpened",
    "RoomState",
    "SceneData",
    "SlidersPage",
    "StagePage",
    "StopData",
    "TalkData",
    "TourPage",
    "TrayModel",
    "TrayPage",
]


class Model(TypedDict):
    """What a page knows about a model."""

    id: str
    title: str
    latentDim: Annotated[int, "length of z"]
    codeDim: Annotated[int, "length of a decoded code: z, followed by the class weights of a conditional model"]
    imageShape: Annotated[tuple[int, int, int], "height, width, channels"]
    classes: Annotated[list[str], "their names; empty if the data have no classes"]
    images: Annotated[int, "number of images in the test split"]
    dataTitle: str
    prior: Annotated[str | None, "key of `vae.kinds.PRIORS`; null for a plain autoencoder"]
    priorDraw: Annotated[str, 'what the button that samples the prior does; "" for a plain autoencoder']
    encodes: Annotated[bool, "false: the model has only a decoder, and its images are samples of the model"]
    unit: Annotated[float, "scale of the codes"]
    decodeRows: Annotated[int, "limit of codes per decode request"]
    codesUrl: str
    priorUrl: str | None
    imagesUrl: str
    imagesVersion: str


class PointData(TypedDict):
    """A code, and the test image that it belongs to."""

    z: list[float]
    image: int | None


class StopData(PointData):
    """A stop of a path."""

    hold: Annotated[float, "seconds that a film stays at the stop"]


class MapData(TypedDict):
    """A finished map."""

    method: str
    title: str
    settings: Annotated[str, "in the text form of links, see `zscope/library/maps/spec.py`"]
    channel: Annotated[str, "the model's id and the settings"]
    url: Annotated[str, "address of the points"]
    densityUrl: str


class AttributeData(TypedDict):
    """An attribute of the data set."""

    name: str
    kind: Literal["binary", "continuous"]
    url: Annotated[str, "address of its values for the points of the map, float32"]


class MapOnPage(MapData):
    """The map that the Map page shows or waits for."""

    key: str
    linear: bool
    components: Annotated[int, "coordinates of a point: 2 or 3"]
    names: Annotated[list[str], "names of the axes"]
    explained: str
    ready: bool
    turn: Annotated[int, "changes when the page must discard what it shows"]
    statusUrl: str
    frameUrl: str
    sheetsUrl: Annotated[str, "contains SPLIT in place of the name of the split"]
    imagesUrl: Annotated[str, "the same"]
    attributes: list[AttributeData]


class Direction(TypedDict):
    """A direction that has a slider."""

    id: str
    title: str
    a: str
    b: str
    vector: Annotated[list[float], "from the mean of A to that of B"]
    start: Annotated[list[float], "the mean of A"]
    low: float
    high: Annotated[float, "low and high: the range of the data's positions along the direction"]


class PathKind(TypedDict):
    """A registered kind of path (`vae/latent/paths/registered.py`)."""

    key: str
    title: str
    explained: str
    script: Annotated[str, 'the name of its form in straight.js; "" if the server finds the path']
    converges: Annotated[bool, "the server sends codes while it searches for the path"]
    color: Annotated[str, "colour of its line on the map"]
    dashes: Annotated[list[float], "dash pattern of that line"]


class InputStyle(TypedDict):
    """The layout of the images of a data set (`vae.pictures.preparation.InputStyle`)."""

    content: Literal["object", "scene"]
    light: bool
    background: Annotated[int, "0 to 255"]
    extent: Annotated[float, "share of the frame"]
    centre: Literal["mass", "box"]
    middle: Annotated[tuple[float, float], "row and column, shares of the frame"]


class PageData(TypedDict):
    """Data that every page gets."""

    base: Annotated[str, "address before our routes"]
    language: NotRequired[Annotated[str, "tag of the session's language; missing: English"]]
    failure: NotRequired[Annotated[str, "shown if the scripts can't be loaded, with {error} in place of the reason"]]
    leaving: NotRequired[Annotated[object, "the answer to the state `leaving`, see `mounting.js`"]]


class SlidersPage(PageData):
    """Data that every page with sliders gets."""

    model: Model
    dimensions: list[Dimension]
    colors: Annotated[list[str], "colours of the classes"]
    map: Annotated[MapData | None, "null if no map is ready"]


class ExplorePage(SlidersPage):
    """Data of the Explore page."""

    point: Annotated[PointData | None, "where to start; null: start the animation"]
    picture: Annotated[str | None, "pixels at the start, in base64; null: the live channel sends the first picture"]
    directions: list[Direction]
    reach: Annotated[Literal["network", "computer", "none"], "who could open the links of an audience"]


class MapPage(PageData):
    """Data of the Map page."""

    model: Model
    palette: Annotated[list[str], "colours of the classes"]
    plotlyUrl: str
    point: PointData | None
    map: MapOnPage
    camera: Annotated[list[float] | None, "of a map in 3-D: eye, and the point that it looks at; null: the usual one"]


class PathsPage(SlidersPage):
    """Data of the Interpolate page."""

    point: Annotated[PointData | None, "the point that Explore and Map show"]
    stops: Annotated[list[StopData] | None, "the initial stops"]
    turn: Annotated[int, "changes when another page has chosen the stops"]
    paths: list[PathKind]
    pathUrl: str
    movieUrl: str


class ReconstructPage(SlidersPage):
    """Data of the Reconstruct page."""

    wants: InputStyle
    url: Annotated[str, "address of the model's routes"]


class TrayModel(TypedDict):
    """What the tray of favourites knows about the open model."""

    id: str
    title: str
    version: Annotated[str, "hash of its networks"]
    latentDim: int
    codeDim: int
    imageShape: Annotated[tuple[int, int, int], "height, width, channels"]


class TrayPage(PageData):
    """Data of the tray of favourites."""

    model: TrayModel


class TourPage(PageData):
    """Data of the tour, which every page has."""

    page: Annotated[str, "name of the open page"]
    model: Model


class SceneData(TypedDict):
    """A scene of the running talk."""

    title: str
    notes: str
    page: str
    model: str
    z: Annotated[list[float] | None, "the point to go to"]
    image: int | None
    map: Annotated[str | None, "settings of the map"]
    camera: Annotated[list[float] | None, "of a map in 3-D"]
    seconds: Annotated[float, "duration of the transition to it"]
    picture: Annotated[str, 'a PNG as a data URL; "" if the scene has no point']


class TalkData(TypedDict):
    """The running talk."""

    id: str
    title: str
    scenes: list[SceneData]


class StagePage(PageData):
    """Data of the stage bar, which every page shows."""

    page: Annotated[str, "name of the open page"]
    model: Annotated[str, "id of the open model"]
    map: Annotated[str | None, "settings of its map"]
    talk: Annotated[TalkData | None, "null if no talk runs"]
    scene: Annotated[int, "index of the scene that Python has opened"]
    turn: Annotated[int, "changes whenever Python opens a scene"]


class ComparedModel(TypedDict):
    """One of the two models of the Compare page."""

    model: Model
    dimensions: list[Dimension]


class MapPair(TypedDict):
    """A map that both models have."""

    method: str
    a: MapData
    b: MapData


class ComparedFigure(TypedDict):
    """A line of the table of figures."""

    name: str
    a: str
    b: str
    difference: Annotated[str, '"" if they are not compared']
    paired: bool
    better: Literal["a", "b"] | None
    note: Annotated[str, "why they are not compared"]


class ComparePage(PageData):
    """Data of the Compare page."""

    a: ComparedModel
    b: ComparedModel
    same: Annotated[bool, "whether both have the same data set"]
    colors: Annotated[list[str], "colours of the classes"]
    point: PointData | None
    maps: Annotated[list[MapPair], "maps that both models have"]
    making: Annotated[list[str], "addresses of the status of maps that are being made"]
    matchingUrl: str
    changeUrl: str
    neighboursUrl: str
    figures: list[ComparedFigure]


class MessageParts(TypedDict):
    """What an English text was made from, for its translation (`vae/message.py`)."""

    template: Annotated[str, "with {name} in place of each value"]
    values: NotRequired[Annotated[dict[str, object], "numbers, strings, or MessageParts"]]
    plural: NotRequired[Annotated[str, "the template for counts other than one; the count is the value n"]]


class LanguagePage(PageData):
    """Data of the part of the shell that keeps the language."""

    cookie: Annotated[str, "name of the cookie"]
    chosen: Annotated[str | None, "tag of the language to keep; null if the user chose none"]


class Fault(TypedDict):
    """An error (`zscope/serving/http_errors.py`)."""

    code: str
    message: str
    mend: Annotated[str, 'what to do about it; "" if nothing can be done']
    parts: NotRequired[Annotated[MessageParts, "of message, if it has values"]]
    mendParts: NotRequired[Annotated[MessageParts, "of mend, if it has values"]]


class MapStatus(TypedDict):
    """The progress of a map."""

    alive: bool
    what: Annotated[str, "the current step"]
    done: int
    total: int
    frame: Annotated[int, "number of the newest frame"]
    error: str
    whole: Annotated[bool, "whether the map is finished"]


class PointsHead(TypedDict):
    """Head of the points of a map."""

    points: Annotated[int, "their number"]
    dimensions: int
    components: Annotated[int, "coordinates of a point: 2 or 3"]
    total: Annotated[int, "number of images; more than points if the map shows a sample"]
    key: str
    shares: Annotated[list[float] | None, "share of the variance that each axis of a linear map explains"]
    axes: Annotated[list[list[float]] | None, "axes of a linear map, orthonormal, components × dimensions"]


class MatchingHead(TypedDict):
    """Head of the matched dimensions of two models."""

    pairs: Annotated[
        list[tuple[int, int, float, float]], "dimension of A, of B, correlation, slope; the strongest first"
    ]
    onlyA: Annotated[list[int], "active dimensions without a partner"]
    onlyB: list[int]
    share: Annotated[float, "share of B's variance that is a linear function of A's codes"]


class LearnFigure(TypedDict):
    """A figure of the Learn page."""

    name: Annotated[str, "in `assets/js/learn/figure.js`"]
    options: Annotated[dict[str, object], "of the figure"]


class LearnModel(TypedDict):
    """A small model of the Learn page."""

    key: Annotated[str, "in `assets/learn/models.json`"]
    title: str


class LearnMistake(TypedDict):
    """Lines of code of which one or more are wrong."""

    id: str
    title: str
    lines: list[str]
    wrong: Annotated[list[int], "indices of the wrong lines"]
    right: Annotated[list[str], "the lines that replace them"]
    explanation: str
    models: Annotated[list[LearnModel], "small models to compare; empty: none"]
    figure: LearnFigure | None


class LearnPage(PageData):
    """Data of the figures of a chapter, or of one of its mistakes."""

    url: Annotated[str, "address of `assets/learn`"]
    colors: Annotated[list[str], "colours of the classes"]
    figures: list[LearnFigure]
    mistake: LearnMistake | None


class ChangeHead(TypedDict):
    """Head of the changes of neighbourhoods between two models."""

    neighbours: Annotated[int, "k"]
    mean: float
    standardError: float
    chance: Annotated[float, "mean for unrelated models"]


class NoteLine(TypedDict):
    """A line before the first result of a path or a repair."""

    note: Annotated[str, "why it takes time"]


class PathLine(TypedDict):
    """A line of the answer about a path. The last one has all keys (`vae.inference.interpolation.PathReport`)."""

    codes: Annotated[list[list[float]], "at 81 evenly spaced times, from half a leg before A to half a leg beyond B"]
    done: NotRequired[bool]
    length: NotRequired[Annotated[float, "in pixel units"]]
    way: NotRequired[Annotated[list[float], "share of the length up to each of 41 times between A and B"]]
    speed: NotRequired[Annotated[list[float], "between each two of these times"]]
    off: NotRequired[Annotated[list[float], "percentile of the distance from the data"]]
    votes: NotRequired[Annotated[list[int], "most frequent class of the nearest images"]]
    jumps: NotRequired[int]


class PreparedStep(TypedDict):
    """One step of a prepared picture."""

    name: str
    shape: tuple[int, int, int]
    chosen: object
    automatic: object


class PreparedHead(TypedDict):
    """Head of a prepared picture."""

    picture: Annotated[tuple[int, int, int], "height, width, channels"]
    steps: list[PreparedStep]
    box: Annotated[tuple[float, float, float, float] | None, "left, top, right, bottom, as shares of the picture"]
    found: bool


class Reading(TypedDict):
    """Measurements of a reconstruction (`vae.pictures.reconstruction.Reading`)."""

    code: Annotated[list[float], "z_mean, followed by the class weights of a conditional model"]
    mse: float
    mse_percentile: float
    r_squared: float
    log_likelihood: float
    kl: float
    kl_percentile: float
    off_data: float
    distance: float
    unusual: float
    compared: int
    nearest: list[int]
    vote: int
    votes: int
    found: NotRequired[Annotated[bool, "whether a subject was found in the picture; only for a picture file"]]


class RepairLine(TypedDict):
    """A line of the answer about a repair; the last one has all keys."""

    step: int
    of: int
    codes: Annotated[list[list[float]], "the most likely first"]
    done: NotRequired[bool]
    losses: NotRequired[list[float]]


class RoomControl(TypedDict):
    """A latent dimension that phones of an audience may move."""

    index: Annotated[int, "in z"]
    low: float
    high: float


class RoomState(TypedDict):
    """What phones of an audience are told when it changes (`docs/audience.md`)."""

    type: Literal["room", "ended"]
    state: NotRequired[Literal["waiting", "live", "away"]]
    moving: NotRequired[Annotated[bool, "whether phones may move the point"]]
    title: NotRequired[Annotated[str, "of the model; missing while there is none"]]
    latentDim: NotRequired[int]
    classWeights: NotRequired[Annotated[int, "class weights at the end of a code"]]
    classes: NotRequired[Annotated[list[str], "their names; empty if the data have no classes"]]
    controls: NotRequired[list[RoomControl]]


class RoomLink(TypedDict):
    """A link that phones open."""

    url: str
    qr: Annotated[str, "its QR code as SVG"]


class RoomLinks(TypedDict):
    """The links of a room."""

    links: Annotated[list[RoomLink], "the most useful first"]
    reach: Annotated[Literal["network", "computer", "none"], "who can open the links; none: no network"]


class RoomOpened(RoomLinks):
    """What the speaker's page of a room is told when it is open."""

    type: Literal["room"]
    token: str
    key: Annotated[str, "with the token, opens the room for its speaker"]
    count: Annotated[int, "phones that are connected"]
    moving: bool


class RoomMove(TypedDict):
    """A move by phones, for the speaker's page."""

    type: Literal["move"]
    values: Annotated[list[tuple[int, float]], "dimension and value"]
    chosenClass: int | None
