"""What Qt itself costs: a window with an empty table, opened, painted, weighed, closed."""

from __future__ import annotations

import sys

from bench_seen import tell_when_painted, weigh_and_end
from PySide6.QtWidgets import QApplication, QMainWindow, QTableWidget

app = QApplication(sys.argv)
window = QMainWindow()
window.resize(1080, 700)
window.setCentralWidget(QTableWidget(0, 7, window))
window.show()
tell_when_painted(window)
weigh_and_end(app.quit)
app.exec()
