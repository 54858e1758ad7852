"""The page: its tabs, how it looks, and what others may call over HTTP."""

from pathlib import Path
from typing import Any, Final

import gradio as gr

from emojax.studio.downloads import Folder
from emojax.studio.engine import Engine
from emojax.studio.tabs import api, avatar_extras, styles
from emojax.studio.tabs.avatar import AvatarTab
from emojax.studio.tabs.emoji import EmojiTab
from emojax.studio.tabs.live import LiveTab

CLEANED: Final = (300, 1800)
"""Seconds between removals of old files, and the age from which they are old. Younger, a download may
fail;
older, disks fill up."""

STYLE: Final = """
.gradio-container {max-width: 1100px !important; margin: 0 auto !important}
#avatar img.avatar, #live img.avatar {display: block; width: 100%; max-width: min(420px, 84vw);
  margin: 0 auto; border-radius: 16px;
  background: var(--block-background-fill); border: 1px solid var(--border-color-primary)}
.avatar-empty {padding: 5rem 1rem; border: 2px dashed var(--border-color-primary);
  border-radius: 16px; text-align: center; color: var(--body-text-color-subdued)}
.choose .grid-wrap {min-height: 0 !important; max-height: 460px}
.choose .grid-container {padding-top: 0 !important;
  grid-template-columns: repeat(var(--grid-cols), minmax(0, 1fr)) !important}
.choose label {position: static !important}
.choose .thumbnail-item {background: none}
.swatches .grid-container {grid-template-columns: repeat(auto-fill, minmax(76px, 1fr)) !important}
.choose {flex-shrink: 0}
.figures {display: flex; flex-wrap: wrap; gap: 1rem; justify-content: center; text-align: center}
.figures figure {margin: 0}
.figures img {width: 220px; max-width: 42vw; aspect-ratio: 1}
@media (max-width: 600px) {
  .gradio-container, .fillable, .fillable > .wrap {padding: 4px !important; min-width: 0 !important}
  #swatches, #color {flex-basis: 100% !important; min-width: 0 !important}
  .choose.many .grid-container {grid-template-columns: repeat(4, minmax(0, 1fr)) !important}
}
"""

NAMED: Final = """<script>
new MutationObserver(() => {
  for (const picture of document.querySelectorAll(".thumbnail-item img[alt]"))
    if (picture.alt) picture.closest(".thumbnail-item").setAttribute("aria-label", picture.alt);
  document.getElementById("live-said")?.setAttribute("aria-live", "polite");
}).observe(document, {subtree: true, childList: true});
</script>"""
"""Gives pictures to click the names of what they show, which Gradio calls "Thumbnail 1 of 8", and has screen
readers say what changes below the live picture."""

_HEAD: Final = (
    "# emojax\nFaces and words become emoji. Everything happens on this computer; no photo leaves it."
)


def theme() -> gr.themes.Base:
    """Colours, and fonts that every system has."""
    return gr.themes.Default(
        primary_hue="amber", font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]
    )


def build(engine: Engine, work: Path) -> gr.Blocks:
    """The page.

    Args:
      engine: everything that is loaded.
      work: a folder of this process, for files.
    """
    folder = Folder(work / "files")
    with gr.Blocks(title="emojax", analytics_enabled=False, delete_cache=CLEANED) as page:
        gr.Markdown(_HEAD)
        with gr.Tabs():
            with gr.Tab("Avatar", id="avatar-tab"):
                tab = AvatarTab()
                tab.connect(engine, folder)
                avatar_extras.build(tab.state, engine, folder)
            with gr.Tab("Live", id="live-tab"):
                LiveTab(engine).connect(page, engine, folder)
            with gr.Tab("Emoji", id="emoji-tab"):
                EmojiTab(engine).connect(engine, folder)
            with gr.Tab("Styles", id="styles-tab"):
                styles.build(engine, work)
        api.add(engine)
    # One computation runs at a time; a few events wait for it, and the rest in the queue.
    page.queue(max_size=64, default_concurrency_limit=4, status_update_rate=2.0)
    return page


def launch_options() -> dict[str, Any]:
    """What is the page's of the options of ``Blocks.launch``."""
    return {"theme": theme(), "css": STYLE, "head": NAMED, "footer_links": ["settings"], "run_history": False}
