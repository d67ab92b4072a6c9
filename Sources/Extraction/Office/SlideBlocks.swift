/// Presentations (ECMA-376, part 1, section 19): the slides in their order, their titles as headings.
enum SlideBlocks {
  static func extract(_ file: InputFile, _ emit: Extractor.Emit) throws {
    let package = OfficePackage(file)
    let main = try package.mainPart("ppt/presentation.xml")
    let relations = try package.relations(of: main)
    var slides: [String] = []
    let isThere = try package.readXML(main) { node in
      guard case .open("sldId", let attributes) = node else { return }
      // `id` and `r:id` have the same name without a namespace; the relation's begins with letters.
      for id in attributes.all("id") { if let target = relations[id]?.target { slides.append(target) } }
    }
    guard isThere else {
      throw ExtractionError(.damaged, "the file is no pptx: it has no presentation in it")
    }
    for (index, slide) in slides.enumerated() {
      var reader = SlideReader(place: "slide \(index + 1)")
      try package.readXML(slide) { for block in reader.take($0) { try emit(.block(block)) } }
      try emit(.progress(done: index + 1, of: slides.count))
    }
  }
}

/// Follows one slide.
struct SlideReader {
  let place: String
  private var text = ""
  private var isText = false
  private var isTitle = false
  private var level = 0
  private var row: [String]?
  private var cell: [String]?

  init(place: String) { self.place = place }

  mutating func take(_ node: XMLStream.Node) -> [Block] {
    switch node {
    case .open("sp", _): isTitle = false
    case .open("ph", let attributes): isTitle = ["title", "ctrTitle"].contains(attributes["type"])
    case .open("pPr", let attributes): level = Int(attributes["lvl"] ?? "") ?? 0
    case .open("t", _): isText = true
    case .open("br", _): text += "\n"
    case .open("tr", _): row = []
    case .open("tc", _): cell = []
    case .text(let more): if isText { text += more }
    case .close("t"): isText = false
    case .close("p"): return paragraph()
    case .close("tc"):
      row?.append((cell ?? []).joined(separator: " "))
      cell = nil
    case .close("tr"):
      let whole = (row ?? []).filter { !$0.isEmpty }.joined(separator: " | ")
      row = nil
      if !whole.isEmpty { return [Block(.row, whole, place: place)] }
    default: break
    }
    return []
  }

  private mutating func paragraph() -> [Block] {
    defer {
      text = ""
      level = 0
    }
    let whole = text.trimmedBlanks
    guard !whole.isEmpty else { return [] }
    if cell != nil {
      cell?.append(whole.collapsedBlanks)
      return []
    }
    if isTitle { return [Block(.heading, level: 1, whole.collapsedBlanks, place: place)] }
    return [Block(.item, level: min(level + 1, 9), whole, place: place)]
  }
}
