"""Every kind of file that is read: a new reader of files of strangers adds a line to one of these tables."""

from typing import Final

from fuzz.clips import CLIPS
from fuzz.drawings import DRAWINGS
from fuzz.files import FILES
from fuzz.records import RECORDS
from fuzz.runs import RUNS
from fuzz.uploads import UPLOADS

KINDS: Final = {**CLIPS, **DRAWINGS, **FILES, **RECORDS, **RUNS, **UPLOADS}
