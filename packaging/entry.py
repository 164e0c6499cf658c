"""What the package that people install begins with, under either of its names."""

import sys

from app.frozen import main

sys.exit(main())
