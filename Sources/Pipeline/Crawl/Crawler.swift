import Contracts
import Extraction
import Foundation
import HTTPClient
import Keyring
import Knowledge
import Postgres

/// Fetches a source's pages one after another, and keeps those that changed. What a site's `robots.txt` does not allow
/// is left alone.
package struct Crawler: EffectPerformer {
  private let client: HTTPClient
  private let pool: PostgresPool
  private let keyring: Keyring
  private let extraction: ExtractionProcess
  private let destination: HTTPRequest.Destination

  /// Of one source; more are passed over, and its report says so.
  static let maximumPages = 2_000
  static let maximumBytes = 20 << 20

  /// - Parameter destination: a private network is reached only where whoever runs the engine wants it.
  package init(
    client: HTTPClient, pool: PostgresPool, keyring: Keyring, extraction: ExtractionProcess,
    destination: HTTPRequest.Destination
  ) {
    self.client = client
    self.pool = pool
    self.keyring = keyring
    self.extraction = extraction
    self.destination = destination
  }

  package func perform(_ effect: CrawlEffect) async -> CrawlOutcome {
    do {
      let (addresses, problem) = try await addresses(of: effect.facts)
      var outcome = CrawlOutcome(pages: [], isComplete: true, problem: problem)
      var robots: [String: RobotsFile] = [:]
      for address in addresses {
        let (page, problem) = try await look(at: address, effect, &robots)
        outcome.pages.append(page)
        if let problem { outcome.problem = "\(address): \(problem)" }
      }
      return outcome
    } catch let error as CrawlError {
      return CrawlOutcome(pages: [], isComplete: false, problem: error.description)
    } catch {
      return CrawlOutcome(pages: [], isComplete: false, problem: "\(error)")
    }
  }

  private struct CrawlError: Error {
    let description: String
  }

  private func addresses(of facts: SourceAdded.Facts) async throws -> ([String], String?) {
    guard facts.kind == .sitemap else { return ([facts.address], nil) }
    var addresses: [String] = []
    var maps = [facts.address]
    // An index of sitemaps names other sitemaps (sitemaps.org, "Sitemap index").
    for depth in 0...1 {
      var next: [String] = []
      for map in maps.prefix(50) {
        let response = try await get(map, headers: [])
        guard response.status == 200 else {
          throw CrawlError(description: "\(map) answered \(response.status)")
        }
        let locations = try await run(.sitemap, response.body).map(\.text)
        if String(decoding: response.body.prefix(4_096), as: UTF8.self).contains("<sitemapindex"), depth == 0
        {
          next += locations
        } else {
          addresses += locations
        }
      }
      maps = next
    }
    var seen: Set<String> = []
    addresses = addresses.filter { seen.insert($0).inserted }
    let problem =
      addresses.count > Self.maximumPages
      ? "only the first \(Self.maximumPages) of \(addresses.count) pages" : nil
    return (Array(addresses.prefix(Self.maximumPages)), problem)
  }

  private func look(
    at address: String, _ effect: CrawlEffect, _ robots: inout [String: RobotsFile]
  ) async throws -> (CrawlOutcome.Page, String?) {
    var page = CrawlOutcome.Page(address: address)
    guard try await isAllowed(address, &robots) else {
      return (page, "the site's robots.txt does not allow it")
    }
    let known = effect.pages[address]
    var headers: [(String, String)] = []
    if let tag = known?.tag { headers.append(("if-none-match", tag)) }
    if let modified = known?.modified { headers.append(("if-modified-since", modified)) }
    let response: HTTPResponse
    do { response = try await get(address, headers: headers) } catch { return (page, "\(error)") }
    switch response.status {
    case 304: return (page, nil)
    case 404, 410:
      page.isGone = true
      return (page, "the server has no such page")
    case 200: break
    default: return (page, "the server answered \(response.status)")
    }
    let type = (response.headers["content-type"] ?? "text/html").prefix { $0 != ";" }.lowercased()
    guard let format = DocumentFormat(mediaType: type.filter { !$0.isWhitespace }), format != .sitemap else {
      return (page, "media type \(type) is not one that text is taken from")
    }
    page.tag = response.headers["etag"]
    page.modified = response.headers["last-modified"]
    guard !response.body.isEmpty else { return (page, "the page is empty") }
    let hash = try await store(response.body, effect.tenant)
    page.hash = hash
    page.bytes = response.body.count
    page.mediaType = format.mediaType
    // What cannot be read fails when it is indexed, where people see it.
    if hash != known?.hash {
      page.title = (try? await run(format, response.body))?.first { $0.kind == .heading }.map {
        String($0.text.prefix(200))
      }
    }
    return (page, nil)
  }

  /// - Parameter robots: of the sites that were asked already, in this crawl.
  private func isAllowed(_ address: String, _ robots: inout [String: RobotsFile]) async throws -> Bool {
    guard let parts = URLComponents(string: address), let host = parts.percentEncodedHost else {
      return true
    }
    let port = parts.port.map { ":\($0)" } ?? ""
    let site = "\(parts.scheme ?? "https")://\(host)\(port)"
    let file: RobotsFile
    if let known = robots[site] {
      file = known
    } else {
      file = try await self.robots(of: site)
      robots[site] = file
    }
    return file.allows(parts.percentEncodedPath + (parts.percentEncodedQuery.map { "?" + $0 } ?? ""))
  }

  /// Where there is no such file all is allowed; where it cannot be had just now, nothing (RFC 9309, section 2.3.1).
  private func robots(of site: String) async throws -> RobotsFile {
    let response: HTTPResponse
    do { response = try await get(site + "/robots.txt", headers: []) } catch let error as HTTPClientError {
      switch error.code {
      case .cancelled: throw error
      // Then the page says so better.
      case .addressRefused, .invalidRequest, .unresolvedHost, .unreachable: return .everything
      default: return .nothing
      }
    }
    switch response.status {
    case 200: return RobotsFile(response.body)
    case 400..<500: return .everything
    default: return .nothing
    }
  }

  private func store(_ bytes: [UInt8], _ tenant: TenantID) async throws -> String {
    try await pool.withTransaction { [keyring] transaction in
      let kid = KeyID(tenant.uuid)
      guard let key = try keyring.keys([kid], on: transaction.connection)[kid] else {
        throw SealingError.keyIsGone(kid)
      }
      return hexadecimal(try DocumentStore.put(bytes, tenant: tenant, key: key, in: transaction))
    }
  }

  /// Follows a few redirects, each of which is checked as the first address is.
  private func get(_ address: String, headers: [(String, String)]) async throws -> HTTPResponse {
    var address = address
    for _ in 0..<5 {
      var request = HTTPRequest(
        url: address, headers: headers + [("user-agent", "AIgentable")], timeout: .seconds(60),
        maximumResponseBytes: Self.maximumBytes)
      request.destination = destination
      let response = try await client.send(request)
      guard [301, 302, 303, 307, 308].contains(response.status), let location = response.headers["location"],
        let next = URL(string: location, relativeTo: URL(string: address))?.absoluteURL
      else { return response }
      address = next.absoluteString
    }
    throw CrawlError(description: "\(address) is redirected without end")
  }

  private func run(_ format: DocumentFormat, _ bytes: [UInt8]) async throws -> [Block] {
    let extraction = extraction
    return try await Blocking.run {
      let file = try TemporaryFile()
      defer { file.close() }
      try file.write(bytes)
      var blocks: [Block] = []
      try extraction.run(format, descriptor: file.descriptor, isCancelled: { false }) { extracted in
        if case .block(let block) = extracted { blocks.append(block) }
      }
      return blocks
    } onCancel: {
    }
  }
}
