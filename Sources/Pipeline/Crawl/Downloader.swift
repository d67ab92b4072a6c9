import Crypto
import Foundation
import HTTPClient
import Knowledge

/// What an address answered, in a file that whoever asked closes: it is never whole in memory.
struct Download {
  let status: Int
  let headers: HTTPHeaders
  let file: TemporaryFile
  private(set) var bytes = 0
  /// SHA-256.
  private(set) var hash: [UInt8] = []
  /// It has more than was asked for.
  private(set) var isCut = false

  fileprivate init(_ head: HTTPResponseHead) throws {
    status = head.status
    headers = head.headers
    file = try TemporaryFile()
  }

  fileprivate mutating func take(_ chunks: BodyChunks, atMost most: Int) async throws {
    var digest = SHA256()
    for try await chunk in chunks {
      let part = Array(chunk.prefix(most - bytes))
      try file.write(part)
      digest.update(data: part)
      bytes += part.count
      isCut = part.count < chunk.count
      if isCut { break }
    }
    hash = Array(digest.finalize())
  }
}

struct CrawlError: Error {
  let description: String
  /// It may pass by itself.
  var mayPass = false
  /// The site asks to be left alone so long.
  var rest: Duration?
}

extension Download {
  /// The server, or one between, cannot answer just now (RFC 9110, section 15.6; RFC 6585, section 4).
  var mayPass: Bool { status >= 500 || status == 429 || status == 408 }

  /// How long its site is to be left alone: with a 429 in any case, with a 503 where it names a time. nil else.
  var rest: Duration? {
    guard status == 429 || status == 503 else { return nil }
    return headers.retryAfter(at: Date()) ?? (status == 429 ? .zero : nil)
  }
}

/// Fetches what lies at web addresses.
struct Downloader {
  let client: HTTPClient
  let destination: HTTPRequest.Destination

  enum Answer {
    case here(Download)
    case elsewhere(String)
  }

  static let maximumRedirects = 5

  /// Follows a few redirects, each of which is checked as the first address is.
  func get(_ address: String, atMost most: Int) async throws -> Download {
    var address = address
    for _ in 0...Self.maximumRedirects {
      switch try await ask(address, atMost: most, timeout: .seconds(60)) {
      case .here(let download): return download
      case .elsewhere(let next): address = next
      }
    }
    throw CrawlError(description: "\(address) is redirected without end")
  }

  /// Asks one address, and follows no redirect. A connection that was kept and is closed just then costs no page: to
  /// read twice does no harm (RFC 9110, section 9.2.2).
  ///
  /// - Parameter most: bytes of it that are read.
  func ask(
    _ address: String, headers: [(String, String)] = [], atMost most: Int, timeout: Duration
  ) async throws -> Answer {
    do { return try await askOnce(address, headers, most, timeout) } catch let error as HTTPClientError
      where error.code == .connectionLost
    {
      return try await askOnce(address, headers, most, timeout)
    }
  }

  private func askOnce(
    _ address: String, _ headers: [(String, String)], _ most: Int, _ timeout: Duration
  ) async throws -> Answer {
    var request = HTTPRequest(
      url: address, headers: headers + [("user-agent", "AIgentable")], timeout: timeout,
      maximumResponseBytes: .max)
    request.destination = destination
    return try await client.stream(request) { head, chunks in
      if [301, 302, 303, 307, 308].contains(head.status), let location = head.headers["location"],
        let next = URL(string: location, relativeTo: URL(string: address))?.absoluteURL
      {
        return .elsewhere(next.absoluteString)
      }
      var download = try Download(head)
      do { try await download.take(chunks, atMost: most) } catch {
        download.file.close()
        throw error
      }
      return .here(download)
    }
  }
}
