import Contracts
import Extraction
import Foundation
import HTTPTypes
import Hummingbird
import Knowledge
import Postgres

/// What is said of a document that is handed in: in the query, in a form's fields or in a JSON object.
struct DocumentDescription {
  var title: String?
  var language: String?
  var base: String?
  var tags: [String] = []
  var format: DocumentFormat?

  /// A name that stands for its file's title.
  var fileName: String?

  init() {}

  init(_ request: Request) throws(Problem) {
    title = try request.query("title")
    language = try request.query("language")
    base = try request.query("knowledge_base")
    tags = Self.words(try request.query("tags") ?? "")
  }

  mutating func set(_ name: String, _ value: String) throws {
    switch name {
    case "title": title = value
    case "language": language = value
    case "knowledge_base": base = value
    case "tags": tags = Self.words(value)
    default: throw Problem(.invalidContent, "a document has no field \(name.prefix(50))")
    }
  }

  private static func words(_ text: String) -> [String] {
    text.split(separator: ",").map { String($0).trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
  }

  func facts(_ id: DocumentID, bytes: Int, blob: String) throws -> DocumentUploaded.Facts {
    guard let title = title ?? fileName else { throw Problem(.invalidParameter, "title is missing") }
    guard let format, format != .sitemap else {
      throw Problem(.unsupportedMediaType, "it must be one of \(Self.formats)")
    }
    try CommandBounds.check(title, "title", atMost: CommandBounds.name)
    if let base { try CommandBounds.check(base, "knowledge_base", atMost: CommandBounds.name) }
    guard tags.count <= 50 else { throw Problem(.invalidContent, "there are more than 50 tags") }
    for tag in tags { try CommandBounds.check(tag, "tags", atMost: 100) }
    return DocumentUploaded.Facts(
      document: id, title: title, mediaType: format.mediaType, language: language ?? DocumentLanguage.told,
      bytes: bytes,
      blob: blob, base: base, tags: tags.isEmpty ? nil : tags)
  }

  static let formats = DocumentFormat.documents.map(\.rawValue).joined(separator: ", ")
}

/// A document on its way into the store, whatever form it comes in.
struct DocumentReceiver {
  private(set) var description: DocumentDescription
  private(set) var upload: DocumentStore.Upload
  private let pool: PostgresPool

  init(_ request: Request, _ upload: DocumentStore.Upload, _ pool: PostgresPool) throws(Problem) {
    description = try DocumentDescription(request)
    self.upload = upload
    self.pool = pool
  }

  /// Returns the hash of the whole.
  mutating func receive(_ request: Request, bounded bytes: RequestBytes) async throws -> [UInt8] {
    let header = request.headers[.contentType] ?? ""
    let type = header.prefix { $0 != ";" }.lowercased().filter { !$0.isWhitespace }
    if let declared = request.headers[.contentLength].flatMap({ Int($0) }),
      declared > DocumentStore.maximumBytes + (1 << 20)
    {
      throw tooLarge
    }
    if type == "application/json" {
      let input = try DocumentInput(try await bytes.read(request, atMost: CommandBounds.body))
      (description.title, description.language) = (input.title, input.language)
      (description.base, description.tags) = (input.knowledgeBase, input.tags ?? [])
      description.format = input.mediaType.flatMap { DocumentFormat(mediaType: $0) } ?? .text
      try await add(Array(input.text.utf8))
    } else if var form = MultipartForm(contentType: header) {
      try await receive(&form, request)
    } else {
      guard let format = DocumentFormat(mediaType: type) else {
        throw Problem(
          .unsupportedMediaType,
          "the content type must be application/json, multipart/form-data or that of one of \(DocumentDescription.formats)"
        )
      }
      description.format = format
      guard description.title != nil else {
        throw Problem(.invalidParameter, "title is missing in the query")
      }
      for try await chunk in request.body { try await add(Array(chunk.readableBytesView)) }
    }
    guard upload.bytes > 0 else { throw Problem(.invalidContent, "the document is empty") }
    return try await upload.finish(pool)
  }

  private mutating func receive(_ form: inout MultipartForm, _ request: Request) async throws {
    var field: String?
    var value: [UInt8] = []
    var hasFile = false
    for try await chunk in request.body {
      var pieces: [MultipartForm.Piece] = []
      try form.take(chunk.readableBytesView) { pieces.append($0) }
      for piece in pieces {
        switch piece {
        case .part(let name, let fileName, let mediaType):
          try close(field, value)
          value = []
          field = name
          guard name == "file" else { continue }
          guard !hasFile else { throw Problem(.invalidContent, "the form has more than one file") }
          hasFile = true
          description.fileName = fileName.flatMap { $0.isEmpty ? nil : String($0.suffix(CommandBounds.name)) }
          // Browsers know few of these types; the name's ending tells more.
          description.format =
            fileName.flatMap { DocumentFormat(fileName: $0) }
            ?? mediaType.flatMap { DocumentFormat(mediaType: $0) }
          guard description.format != nil else {
            throw Problem(.unsupportedMediaType, "the file must be one of \(DocumentDescription.formats)")
          }
        case .data(let bytes):
          if field == "file" {
            try await add(bytes)
          } else {
            value += bytes
            guard value.count <= 10_000 else {
              throw Problem(.invalidContent, "a field has more than 10000 bytes")
            }
          }
        case .end: try close(field, value)
        }
      }
    }
    guard form.isWhole else { throw Problem(.malformedRequest, "the form has no end") }
    guard hasFile else { throw Problem(.invalidContent, "the form has no field file") }
  }

  private mutating func close(_ field: String?, _ value: [UInt8]) throws {
    guard let field, field != "file" else { return }
    guard let text = String(validating: value, as: UTF8.self) else {
      throw Problem(.invalidUTF8, "a field of the form is not valid UTF-8")
    }
    try description.set(field, text)
  }

  private mutating func add(_ bytes: some Collection<UInt8>) async throws {
    guard upload.bytes + bytes.count <= DocumentStore.maximumBytes else { throw tooLarge }
    try await upload.add(bytes, to: pool)
  }

  private var tooLarge: Problem {
    Problem(.bodyTooLarge, "the document has more than \(DocumentStore.maximumBytes) bytes")
  }
}

/// A text in a JSON object.
struct DocumentInput: Decodable {
  let title: String
  let text: String
  let mediaType: String?
  let language: String?
  let knowledgeBase: String?
  let tags: [String]?
  enum CodingKeys: String, CodingKey {
    case title, text
    case mediaType = "media_type"
    case language
    case knowledgeBase = "knowledge_base"
    case tags
  }

  init(_ body: [UInt8]) throws(Problem) {
    self = try JSONBody.decode(Self.self, from: body)
    guard mediaType == nil || ["text/plain", "text/markdown"].contains(mediaType) else {
      throw Problem(.invalidContent, "$.media_type must be text/plain or text/markdown")
    }
    try CommandBounds.check(text, "$.text", atMost: CommandBounds.body)
  }
}
