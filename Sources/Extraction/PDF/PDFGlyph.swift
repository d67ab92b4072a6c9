import CPoppler

/// A part of a page, in points from its upper left corner.
struct PDFFrame {
  var top: Double
  var bottom: Double
  var left: Double
  var right: Double

  var height: Double { bottom - top }
  var width: Double { right - left }
  var area: Double { width * height }
  /// Across and down the page changed for each other.
  var transposed: PDFFrame { PDFFrame(top: left, bottom: right, left: top, right: bottom) }

  /// The least that holds both.
  func joined(with other: PDFFrame) -> PDFFrame {
    PDFFrame(
      top: min(top, other.top), bottom: max(bottom, other.bottom), left: min(left, other.left),
      right: max(right, other.right))
  }

  func overlaps(_ other: PDFFrame) -> Bool {
    top < other.bottom && other.top < bottom && left < other.right && other.left < right
  }
}

/// Where text goes on its line: across the page, or turned.
enum PDFDirection { case across, down, up }

/// A character as it stands on a page.
struct PDFGlyph {
  var character: Unicode.Scalar
  /// Of its font, in points.
  var size: Double
  var box: PDFFrame

  /// The lines of a page as poppler tells them apart, in its order; none is empty.
  static func lines(of page: OpaquePointer) -> [[PDFGlyph]] {
    var area = area(of: page)
    guard let raw = poppler_page_get_text_for_area(page, &area) else { return [] }
    defer { g_free(raw) }
    let characters = Array(String(cString: raw).unicodeScalars)
    var boxes: UnsafeMutablePointer<PopplerRectangle>?
    var count: guint = 0
    poppler_page_get_text_layout_for_area(page, &area, &boxes, &count)
    defer { g_free(boxes) }
    let sizes = sizes(page, &area, count: characters.count)
    var lines: [[PDFGlyph]] = []
    var line: [PDFGlyph] = []
    for (index, character) in characters.enumerated() {
      if character == "\n" {
        if !line.isEmpty { lines.append(line) }
        line.removeAll(keepingCapacity: true)
      } else {
        let box = index < Int(count) ? boxes?[index] : nil
        line.append(
          PDFGlyph(
            character: character, size: sizes[index],
            box: PDFFrame(
              top: box?.y1 ?? 0, bottom: box?.y2 ?? 0, left: box?.x1 ?? 0, right: box?.x2 ?? 0)))
      }
    }
    if !line.isEmpty { lines.append(line) }
    return lines
  }

  /// More than the page. Of the page alone, poppler begins with the block that is nearest to its corner and loses those
  /// that it reads before: text set downwards, for instance. What lies beside the page it gives in no case.
  private static func area(of page: OpaquePointer) -> PopplerRectangle {
    var (width, height) = (0.0, 0.0)
    poppler_page_get_size(page, &width, &height)
    let beyond = max(width, height)
    return PopplerRectangle(x1: -beyond, y1: -beyond, x2: 2 * beyond, y2: 2 * beyond)
  }

  /// Of each character, in points.
  private static func sizes(_ page: OpaquePointer, _ area: inout PopplerRectangle, count: Int) -> [Double] {
    var sizes = [Double](repeating: 0, count: count)
    guard let list = poppler_page_get_text_attributes_for_area(page, &area) else { return sizes }
    defer { poppler_page_free_text_attributes(list) }
    var item = Optional(list)
    while let current = item {
      if let attributes = cpoppler_attributes(current)?.pointee {
        let range = max(0, Int(attributes.start_index))..<max(0, min(count, Int(attributes.end_index) + 1))
        for index in range { sizes[index] = attributes.font_size }
      }
      item = cpoppler_next(current)
    }
    return sizes
  }

  /// Of most steps from one character to the next; a sign of one character goes nowhere.
  static func direction(of line: [PDFGlyph]) -> PDFDirection {
    var (down, up) = (0, 0)
    for (glyph, next) in zip(line, line.dropFirst()) {
      let step = (next.box.top + next.box.bottom - glyph.box.top - glyph.box.bottom) / 2
      let aside = abs(next.box.left + next.box.right - glyph.box.left - glyph.box.right) / 2
      // Whatever is lost to rounding is no step.
      guard abs(step) > max(aside, glyph.box.height / 4) else { continue }
      if step > 0 { down += 1 } else { up += 1 }
    }
    return 2 * down > line.count - 1 ? .down : 2 * up > line.count - 1 ? .up : .across
  }
}
