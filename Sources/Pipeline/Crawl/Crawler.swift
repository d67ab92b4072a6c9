import Contracts
import Extraction
import Foundation
import HTTPClient
import Keyring
import Knowledge
import Postgres

/// Takes the steps of a crawl: finds a source's pages, and fetches some one after another and keeps those that changed.
/// What a site's `robots.txt` does not allow is left alone, and so is a site that asks for it, for as long as it asks.
package struct Crawler: EffectPerformer {
  private let web: Downloader
  private let pool: PostgresPool
  private let keyring: Keyring
  private let extraction: ExtractionProcess

  /// Of one source; more are passed over, and its report says so.
  static let maximumPages = 2_000
  /// That an index of sitemaps may name; more are passed over.
  static let maximumMaps = 50
  /// UTF-8 bytes of an address in a sitemap (sitemaps.org); a longer one is passed over.
  static let maximumAddressBytes = 2_048
  /// Of a sitemap (sitemaps.org).
  static let maximumMapBytes = 50 << 20
  /// Of a page as much as of a file that is handed in.
  private let maximumBytes: Int
  /// In which a page's heading is looked for, to be its title.
  private static let titleBlocks = 100

  /// - Parameter destination: a private network is reached only where whoever runs the engine wants it.
  package init(
    client: HTTPClient, pool: PostgresPool, keyring: Keyring, extraction: ExtractionProcess,
    destination: HTTPRequest.Destination, maximumBytes: Int = DocumentStore.maximumBytes
  ) {
    self.maximumBytes = maximumBytes
    web = Downloader(client: client, destination: destination)
    self.pool = pool
    self.keyring = keyring
    self.extraction = extraction
  }

  package func perform(_ effect: CrawlEffect) async -> CrawlOutcome {
    do {
      switch effect.step {
      case .list: return try await list(effect.facts.address)
      case .look(let addresses):
        var outcome = CrawlOutcome(isComplete: true)
        var robots: [String: Result<RobotsFile, CrawlError>] = [:]
        for address in addresses where outcome.rest == nil {
          let (page, problem) = try await look(at: address, effect, &robots)
          outcome.pages.append(page)
          if let problem {
            outcome.problem = "\(address): \(problem.description)"
            outcome.rest = problem.rest?.seconds
            if problem.mayPass { outcome.again = (outcome.again ?? []) + [address] }
          }
        }
        return outcome
      }
    } catch let error as CrawlError {
      return CrawlOutcome(
        isComplete: false, problem: error.description, mayPass: error.mayPass, rest: error.rest?.seconds)
    } catch {
      let mayPass =
        (error as? HTTPClientError)?.isRetriable ?? (error as? PostgresError)?.isRetriable
        ?? (error as? ExtractionError)?.isRetriable
      return CrawlOutcome(isComplete: false, problem: "\(error)", mayPass: mayPass)
    }
  }

  /// The pages that a sitemap names, each once. What is beyond the bounds is not even read.
  private func list(_ address: String) async throws -> CrawlOutcome {
    var outcome = CrawlOutcome(isComplete: true)
    var addresses: [String] = []
    var seen: Set<String> = []
    var maps = [address]
    var isCut = false
    // An index of sitemaps names other sitemaps (sitemaps.org, "Sitemap index").
    for depth in 0...1 {
      var next: [String] = []
      for map in maps {
        let (named, isIndex) = try await locations(in: map)
        let locations = named.filter { $0.utf8.count <= Self.maximumAddressBytes }
        isCut = isCut || locations.count < named.count
        if isIndex {
          if depth == 0 { next += locations }
        } else {
          addresses += locations.filter { seen.insert($0).inserted }
        }
        if addresses.count > Self.maximumPages { break }
      }
      maps = Array(next.prefix(Self.maximumMaps))
      if next.count > maps.count { outcome.problem = "only the first \(Self.maximumMaps) sitemaps" }
    }
    if isCut { outcome.problem = "an address has more than \(Self.maximumAddressBytes) bytes" }
    if addresses.count > Self.maximumPages { outcome.problem = "only the first \(Self.maximumPages) pages" }
    outcome.addresses = Array(addresses.prefix(Self.maximumPages))
    return outcome
  }

  private func locations(in map: String) async throws -> (addresses: [String], isIndex: Bool) {
    let page = try await web.get(map, atMost: Self.maximumMapBytes)
    defer { page.file.close() }
    guard page.status == 200 else {
      throw CrawlError(
        description: "\(map) answered \(page.status)", mayPass: page.mayPass, rest: page.rest)
    }
    guard !page.isCut else {
      throw CrawlError(description: "\(map) has more than \(Self.maximumMapBytes) bytes")
    }
    let start = String(decoding: try page.file.read(from: 0, atMost: 4_096), as: UTF8.self)
    // One more than is taken says that there are more.
    let locations = try await blocks(of: page.file, .sitemap, atMost: Self.maximumPages + 1)
    return (locations.map(\.text), start.contains("<sitemapindex"))
  }

  private func look(
    at address: String, _ effect: CrawlEffect, _ robots: inout [String: Result<RobotsFile, CrawlError>]
  ) async throws -> (CrawlOutcome.Page, CrawlError?) {
    var page = CrawlOutcome.Page(address: address)
    let known = effect.pages[address]
    var headers: [(String, String)] = []
    if let tag = known?.tag { headers.append(("if-none-match", tag)) }
    if let modified = known?.modified { headers.append(("if-modified-since", modified)) }
    var place = address
    for _ in 0...Downloader.maximumRedirects {
      // Asked of each address on the way, not of the first alone.
      if let problem = try await refusal(of: place, &robots) { return (page, problem) }
      do {
        switch try await web.ask(place, headers: headers, atMost: maximumBytes, timeout: .seconds(300)) {
        case .elsewhere(let next): place = next
        case .here(let download):
          defer { download.file.close() }
          let problem = try await take(download, &page, effect)
          return (
            page,
            problem.map { CrawlError(description: $0, mayPass: download.mayPass, rest: download.rest) }
          )
        }
      } catch let error as HTTPClientError {
        guard error.code != .cancelled else { throw error }
        return (page, CrawlError(description: "\(error)", mayPass: error.isRetriable))
      }
    }
    return (page, CrawlError(description: "it is redirected without end"))
  }

  /// Returns what is in the way, for people.
  private func take(
    _ download: Download, _ page: inout CrawlOutcome.Page, _ effect: CrawlEffect
  ) async throws -> String? {
    let known = effect.pages[page.address]
    switch download.status {
    case 304:
      page.former = try await standing(known?.former)
      return nil
    case 404, 410:
      page.isGone = true
      return "the server has no such page"
    case 200: break
    default: return "the server answered \(download.status)"
    }
    let type = (download.headers["content-type"] ?? "text/html").prefix { $0 != ";" }.lowercased()
    guard let format = DocumentFormat(mediaType: type.filter { !$0.isWhitespace }), format != .sitemap else {
      return "media type \(type) is not one that text is taken from"
    }
    guard !download.isCut else { return "the page has more than \(maximumBytes) bytes" }
    page.tag = download.headers["etag"]
    page.modified = download.headers["last-modified"]
    guard download.bytes > 0 else { return "the page is empty" }
    page.hash = hexadecimal(download.hash)
    page.bytes = download.bytes
    page.mediaType = format.mediaType
    page.former = try await standing(page.hash == known?.hash ? known?.former : known?.documents)
    if page.hash != known?.hash {
      try await store(download, effect.tenant)
      // What cannot be read fails when it is indexed, where people see it.
      page.title = try? await heading(of: download.file, format)
    }
    return nil
  }

  /// - Parameter robots: of the sites that were asked already, in this crawl.
  private func refusal(
    of address: String, _ robots: inout [String: Result<RobotsFile, CrawlError>]
  ) async throws -> CrawlError? {
    guard let parts = URLComponents(string: address), let host = parts.percentEncodedHost else { return nil }
    let port = parts.port.map { ":\($0)" } ?? ""
    let site = "\(parts.scheme ?? "https")://\(host)\(port)"
    let known: Result<RobotsFile, CrawlError>
    if let asked = robots[site] { known = asked } else { known = try await self.robots(of: site) }
    robots[site] = known
    switch known {
    case .success(let file):
      let path = parts.percentEncodedPath + (parts.percentEncodedQuery.map { "?" + $0 } ?? "")
      return file.allows(path) ? nil : CrawlError(description: "the site's robots.txt does not allow it")
    case .failure(let error): return error
    }
  }

  /// Where there is no such file all is allowed; where it cannot be had just now, nothing (RFC 9309, section 2.3.1).
  private func robots(of site: String) async throws -> Result<RobotsFile, CrawlError> {
    var unavailable = CrawlError(description: "the site's robots.txt cannot be had just now", mayPass: true)
    let file: Download
    do { file = try await web.get(site + "/robots.txt", atMost: RobotsFile.maximumBytes) } catch let error
      as HTTPClientError
    {
      switch error.code {
      case .cancelled: throw error
      // Then the page says so better.
      case .addressRefused, .invalidRequest, .unresolvedHost, .unreachable: return .success(.everything)
      default: return .failure(unavailable)
      }
    } catch is CrawlError {
      // It leads on and on, or is too large: none that could be had.
      return .success(.everything)
    }
    defer { file.file.close() }
    unavailable.rest = file.rest
    switch file.status {
    case 200: return .success(RobotsFile(try file.file.read(from: 0, atMost: RobotsFile.maximumBytes)))
    case 429: return .failure(unavailable)
    case 400..<500: return .success(.everything)
    default: return .failure(unavailable)
    }
  }

  /// Those of a page's documents that its next text is to replace.
  private func standing(_ documents: [DocumentID]?) async throws -> [DocumentID]? {
    guard let documents, !documents.isEmpty else { return documents }
    return try await pool.withTransaction { transaction in
      guard let live = try IndexVersions.live(in: transaction) else { return documents }
      return try IndexWriter(live).standing(documents, in: transaction)
    }
  }

  // MARK: Files

  /// Puts a page into the store as an upload does, a part at a time.
  private func store(_ download: Download, _ tenant: TenantID) async throws {
    let kid = KeyID(tenant.uuid)
    let key = try await pool.withConnection { [keyring] in try keyring.keys([kid], on: $0)[kid] }
    guard let key else { throw SealingError.keyIsGone(kid) }
    var upload = DocumentStore.Upload(tenant: tenant, key: key)
    do {
      while upload.bytes < download.bytes {
        let part = try download.file.read(from: upload.bytes, atMost: DocumentStore.partBytes)
        guard !part.isEmpty else { break }
        try await upload.add(part, to: pool)
      }
      let hash = try await upload.finish(pool)
      let whole = upload
      try await pool.withTransaction { try whole.keep(hash: hash, in: $0) }
    } catch {
      try? await upload.discard(pool)
      throw error
    }
  }

  /// The first heading.
  private func heading(of file: TemporaryFile, _ format: DocumentFormat) async throws -> String? {
    let blocks = try await blocks(of: file, format, atMost: Self.titleBlocks)
    return blocks.first { $0.kind == .heading }.map { String($0.text.prefix(200)) }
  }

  private func blocks(
    of file: TemporaryFile, _ format: DocumentFormat, atMost most: Int = .max
  ) async throws -> [Block] {
    struct Enough: Error {}
    let extraction = extraction
    return try await Blocking.run {
      var blocks: [Block] = []
      do {
        try extraction.run(format, descriptor: file.descriptor, isCancelled: { false }) { extracted in
          if case .block(let block) = extracted { blocks.append(block) }
          if blocks.count >= most { throw Enough() }
        }
      } catch is Enough {}
      return blocks
    } onCancel: {
    }
  }
}
