extension PDFPage {
  /// A line that runs across, or lines that run down and follow each other; and where on the page it stands.
  private struct Run {
    var lines: [Line]
    var runsDown: Bool { lines[0].runsDown }
    var top: Double { lines.map(\.top).min() ?? 0 }
    var bottom: Double { lines.map(\.bottom).max() ?? 0 }
    var left: Double { lines.map(\.left).min() ?? 0 }

    /// Read before one that runs down: it stands above that, or to its left and not below.
    func isBefore(_ other: Run) -> Bool {
      bottom <= other.top
        || (lines.allSatisfy { $0.right <= other.left + Self.touch } && top < other.bottom)
    }

    /// In points: the boxes of neighbours may touch.
    private static let touch = 0.5
  }

  /// poppler gives what runs down a page first, wherever it stands. Among lines that run across it is read after what
  /// stands above it or to its left, and before what stands below it, where that parts the page cleanly: no line is
  /// beside it on the right, and it comes into the middle of no paragraph. Everywhere else poppler's order is kept, as
  /// it is on a page that is set downwards for the most part.
  /// - Returns: every line once.
  static func inReadingOrder(_ lines: [Line]) -> [Line] {
    let down = lines.filter(\.runsDown).reduce(0) { $0 + $1.text.count }
    guard down > 0, 2 * down < lines.reduce(0, { $0 + $1.text.count }) else { return lines }
    let runs = lines.reduce(into: [Run]()) { runs, line in
      if line.runsDown, let last = runs.indices.last, runs[last].runsDown {
        runs[last].lines.append(line)
      } else {
        runs.append(Run(lines: [line]))
      }
    }
    var order = Array(runs.indices)
    for (index, run) in runs.enumerated() where run.runsDown {
      let bottom = run.bottom
      let others = order.filter { $0 != index }
      let place = (others.lastIndex { runs[$0].top < bottom } ?? -1) + 1
      guard others[..<place].allSatisfy({ runs[$0].isBefore(run) }),
        place == 0 || place == others.count
          || isApart(runs[others[place]].lines[0], from: runs[others[place - 1]].lines[0])
      else { continue }
      order = others[..<place] + [index] + others[place...]
    }
    return order.flatMap { runs[$0].lines }
  }
}
