/// The kinds of files that text can be taken from.
package enum DocumentFormat: String, Codable, Sendable, CaseIterable {
  case text, markdown, csv, html, email, pdf, docx, xlsx, pptx
  /// A list of addresses (sitemaps.org): no document, but read as carefully.
  case sitemap

  /// Those that people hand in.
  package static let documents = allCases.filter { $0 != .sitemap }

  package var mediaType: String {
    switch self {
    case .text: "text/plain"
    case .markdown: "text/markdown"
    case .csv: "text/csv"
    case .html: "text/html"
    case .email: "message/rfc822"
    case .pdf: "application/pdf"
    case .docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    case .xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    case .pptx: "application/vnd.openxmlformats-officedocument.presentationml.presentation"
    case .sitemap: "application/xml"
    }
  }

  package init?(mediaType: String) {
    let known = Self.allCases.first { $0.mediaType == mediaType }
    guard let format = known ?? (mediaType == "application/xhtml+xml" ? .html : nil) else { return nil }
    self = format
  }

  /// By the ending of a file's name.
  package init?(fileName: String) {
    guard let dot = fileName.lastIndex(of: ".") else { return nil }
    switch fileName[fileName.index(after: dot)...].lowercased() {
    case "txt", "text", "log": self = .text
    case "md", "markdown": self = .markdown
    case "csv", "tsv": self = .csv
    case "html", "htm", "xhtml": self = .html
    case "eml": self = .email
    case "pdf": self = .pdf
    case "docx": self = .docx
    case "xlsx": self = .xlsx
    case "pptx": self = .pptx
    default: return nil
    }
  }
}
