/// The addresses in a sitemap or in an index of sitemaps, each as a paragraph.
enum Sitemap {
  static func extract(_ file: InputFile, _ emit: Extractor.Emit) throws {
    var text: String?
    try file.withBytes { bytes in
      try XMLStream.read(bytes) { node in
        switch node {
        case .open("loc", _): text = ""
        case .text(let more): text? += more
        case .close("loc"):
          if let address = text?.trimmedBlanks, !address.isEmpty {
            try emit(.block(Block(.paragraph, address)))
          }
          text = nil
        default: break
        }
      }
    }
  }
}
