/// A drawing or a plan: its texts are short and stand beside what they are about, which poppler does not see. It gives them by
/// rows and columns, so that those of one view come apart.
extension PDFPage {
  /// The order in which texts that are near to each other come together, from the upper left on; nil where the page is no
  /// drawing.
  ///
  /// It is that of pdfminer: lines are joined into boxes, the two that are nearest to each other become one as long as there
  /// are two, and of each two the upper left one is first.
  static func orderOfDrawing(_ lines: [[PDFGlyph]]) -> [Int]? {
    guard (minTurned...mostLines).contains(lines.count) else { return nil }
    let texts = lines.map(Text.init)
    guard isScattered(texts) else { return nil }
    let boxes = boxes(texts)
    let running = boxes.filter { $0.lines.count > 3 }.reduce(0) { $0 + $1.lines.count }
    guard 4 * running <= texts.count else { return nil }
    return joined(boxes).lines
  }

  /// Texts that are turned stand in so many rows and as many columns of a drawing; not so the heads of a table or a note on
  /// the margin.
  private static let minTurned = 3
  /// The time it takes grows with the square of them, and a page may have as many as its writer likes.
  private static let mostLines = 300

  private struct Text {
    let direction: PDFDirection
    let count: Int
    /// With the whole size of its letters: the boxes of poppler have what a font uses of it, which differs between fonts.
    let frame: PDFFrame

    init(_ line: [PDFGlyph]) {
      let direction = PDFGlyph.direction(of: line)
      let frames = line.map { glyph in
        var frame = glyph.box
        switch direction {
        case .across: frame.top = frame.bottom - glyph.size
        case .up: frame.left = frame.right - glyph.size
        case .down: frame.right = frame.left + glyph.size
        }
        return frame
      }
      self.direction = direction
      count = line.count
      frame = frames.dropFirst().reduce(frames[0]) { $0.joined(with: $1) }
    }
  }

  private static func isScattered(_ texts: [Text]) -> Bool {
    let turned = texts.filter { $0.direction != .across }
    return turned.count >= minTurned
      && 2 * turned.reduce(0) { $0 + $1.count } < texts.reduce(0) { $0 + $1.count }
      && separate(turned.map { ($0.frame.left, $0.frame.right) }) >= minTurned
      && separate(turned.map { ($0.frame.top, $0.frame.bottom) }) >= minTurned
  }

  /// How many of these have nothing in common with each other.
  private static func separate(_ spans: [(start: Double, end: Double)]) -> Int {
    var (count, end) = (0, -Double.infinity)
    for span in spans.sorted(by: { $0.end < $1.end }) where span.start >= end {
      count += 1
      end = span.end
    }
    return count
  }

  private struct Box {
    var lines: [Int]
    var frame: PDFFrame

    /// The smaller, the earlier: how far down it stands says more than how far to the right.
    var rank: Double { 0.5 * frame.left + 1.5 * (frame.top + frame.bottom) }

    func joined(with other: Box) -> Box {
      let (first, second) = rank <= other.rank ? (self, other) : (other, self)
      return Box(lines: first.lines + second.lines, frame: frame.joined(with: other.frame))
    }
  }

  /// The lines of a box in their order.
  private static func boxes(_ texts: [Text]) -> [Box] {
    var boxes: [Box] = []
    for (index, text) in texts.enumerated() {
      var box = Box(lines: [index], frame: text.frame)
      for other in boxes.indices.reversed()
      where boxes[other].lines.contains(where: { areLinesOfOne(texts[$0], text) }) {
        let joined = boxes.remove(at: other)
        box = Box(lines: joined.lines + box.lines, frame: joined.frame.joined(with: box.frame))
      }
      box.lines.sort()
      boxes.append(box)
    }
    return boxes.sorted { $0.lines[0] < $1.lines[0] }
  }

  /// Of about one height, one close below the other, and flush on either side or centred; what is turned in its own direction.
  private static func areLinesOfOne(_ text: Text, _ other: Text) -> Bool {
    guard text.direction == other.direction else { return false }
    let isAcross = text.direction == .across
    let (one, two) = isAcross ? (text.frame, other.frame) : (text.frame.transposed, other.frame.transposed)
    let near = max(one.height, two.height) / 2
    let (left, right) = (two.left - one.left, two.right - one.right)
    return max(one.top, two.top) - min(one.bottom, two.bottom) < near
      && min(one.right, two.right) > max(one.left, two.left) && abs(one.height - two.height) <= near
      && min(abs(left), abs(right), abs(left + right) / 2) <= near
  }

  private struct Pair {
    let first: Int
    let second: Int
    /// What a frame around both has beside them.
    let free: Double
  }

  /// Pairs with nothing between them first, and of these the nearest.
  private static func joined(_ boxes: [Box]) -> Box {
    var boxes = boxes.map(Optional.some)
    /// The nearest last.
    var pairs: [Pair] = []
    var parted: [Pair] = []
    func pair(_ first: Int, _ second: Int) -> Pair? {
      guard let one = boxes[first]?.frame, let two = boxes[second]?.frame else { return nil }
      return Pair(first: first, second: second, free: one.joined(with: two).area - one.area - two.area)
    }
    func isLeft(_ pair: Pair) -> Bool { boxes[pair.first] != nil && boxes[pair.second] != nil }
    func isParted(_ pair: Pair) -> Bool {
      guard let one = boxes[pair.first]?.frame, let two = boxes[pair.second]?.frame else { return false }
      let around = one.joined(with: two)
      for index in boxes.indices where index != pair.first && index != pair.second {
        if let frame = boxes[index]?.frame, frame.overlaps(around) { return true }
      }
      return false
    }
    /// What once stands between two goes on to do so, whatever it is joined with.
    func next() -> Pair? {
      while let pair = pairs.popLast() {
        if !isLeft(pair) { continue }
        if !isParted(pair) { return pair }
        parted.append(pair)
      }
      return parted.min { $0.free < $1.free }
    }
    func add(_ new: [Pair]) {
      parted.removeAll { !isLeft($0) }
      // Two sorted runs are merged in linear time.
      pairs = (pairs.filter(isLeft) + new.sorted { $0.free > $1.free }).sorted { $0.free > $1.free }
    }
    add(boxes.indices.flatMap { second in (0..<second).compactMap { pair($0, second) } })
    while let nearest = next(), let one = boxes[nearest.first], let two = boxes[nearest.second] {
      boxes[nearest.first] = nil
      boxes[nearest.second] = nil
      boxes.append(one.joined(with: two))
      let joined = boxes.count - 1
      add((0..<joined).compactMap { pair($0, joined) })
    }
    return boxes.last.flatMap { $0 } ?? Box(lines: [], frame: PDFFrame(top: 0, bottom: 0, left: 0, right: 0))
  }
}
