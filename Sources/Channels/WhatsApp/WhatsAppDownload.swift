import Contracts
import Crypto
import FoundationEssentials
import HTTPClient
import JSON

/// Gets a file: first its address by its id, then the bytes ("Media", "Retrieve media URL", "Download media").
struct WhatsAppDownload {
  let sender: WhatsAppSender

  /// What the media endpoint says of a file.
  private struct Description {
    let url: String
    let mediaType: String?
    let sha256: String?
    let bytes: Int?
  }

  func file(_ id: String, maximumBytes: Int) async -> FetchOutcome {
    guard WhatsAppSender.isPathWord(id) else { return .failed(reason: "gone", code: nil) }
    let path = "\(sender.endpoint)/\(id)?phone_number_id=\(sender.account)"
    do throws(HTTPClientError) {
      let answer = try await sender.get(path, maximumBytes: 64 << 10)
      guard answer.status == 200, let description = Self.description(answer.body) else {
        return GraphAnswer.fetchOutcome(of: answer)
      }
      guard MetaHosts.serve(description.url, besides: sender.endpoint) else {
        return .failed(reason: "unsupported", code: nil)
      }
      if let bytes = description.bytes, bytes > maximumBytes {
        return .failed(reason: "too-large", code: nil)
      }
      let file = try await sender.get(description.url, maximumBytes: maximumBytes)
      guard file.status == 200 else { return GraphAnswer.fetchOutcome(of: file) }
      return Self.checked(file.body, description)
    } catch {
      return FetchOutcome(error)
    }
  }

  private static func description(_ body: [UInt8]) -> Description? {
    guard let value = try? JSONValue(parsing: body), let url = value["url"]?.string else { return nil }
    // Documented as text, answered as a number.
    let bytes = value["file_size"]?.int ?? value["file_size"]?.string.flatMap { Int64($0) }
    return Description(
      url: url,
      mediaType: Bounded.mediaType(value["mime_type"]?.string),
      sha256: WhatsAppFile.digest(value["sha256"]?.string),
      bytes: bytes.flatMap { Int(exactly: $0) }
    )
  }

  private static func checked(_ bytes: [UInt8], _ description: Description) -> FetchOutcome {
    let isWhole =
      if let sha256 = description.sha256 {
        hexadecimal(SHA256.hash(data: bytes)) == sha256
      } else {
        description.bytes.map { $0 == bytes.count } ?? true
      }
    guard isWhole else { return .failed(reason: "wrong-checksum", code: nil) }
    return .fetched(bytes: bytes, mediaType: description.mediaType)
  }
}
