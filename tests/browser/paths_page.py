"""Actions and checks on the Interpolate page."""

__all__ = ["VIEW", "choose", "found"]

VIEW = "[...document.querySelectorAll('*')].find((node) => node.zscope?.rows).zscope"


def found(page) -> None:
    """Wait until all four paths of the current stops are found."""
    page.wait_for_function(
        """() => {
            const view = [...document.querySelectorAll("*")].find((node) => node.zscope?.rows)?.zscope;
            return view && !view.pending && view.rows.every((row) =>
                row.legs.length === view.stops.length - 1 && row.node.dataset.done === "true");
        }""",
        timeout=180_000,
    )


def choose(page, letter: str, image: int) -> None:
    page.evaluate(f"([stop, image]) => {VIEW}.stops.list[stop].take(image)", [ord(letter) - 65, image])
    page.wait_for_function(f"([stop, image]) => {VIEW}.stops.list[stop].image === image", arg=[ord(letter) - 65, image])
