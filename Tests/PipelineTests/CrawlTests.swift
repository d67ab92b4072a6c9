import Contracts
import EventLog
import Foundation
import HTTPClient
import Knowledge
import Pipeline
import Postgres
import Synchronization
import TestKit
import TestServers
import Testing

@Suite(.timeLimit(.minutes(2))) struct CrawlTests {
  @Test func whatRobotsShallNotFetchIsLeftAlone() async throws {
    let site = Site()
    let server = try site.serve()
    site["/robots.txt"] = "User-agent: *\nDisallow: /private/\n"
    site["/private/page"] = "<h1>Secret</h1><p>hidden words</p>"
    site["/open"] = "<h1>Open</h1><p>seen words</p>"
    site["/map.xml"] =
      "<urlset><url><loc>\(server.url)/private/page</loc></url><url><loc>\(server.url)/open</loc></url></urlset>"
    try await DocumentRun.run { run in
      let facts = source("\(server.url)/map.xml", .sitemap)
      try await run.append(SourceAdded.self, facts, key: StreamID(facts.source))
      _ = try await run.events { $0.count(DocumentIndexed.type) == 1 }
      #expect(try await run.search("words").count == 1)
      #expect(
        try await run.problem() == "\(server.url)/private/page: the site's robots.txt does not allow it")
    }
    server.stop()
  }

  /// As when the server closes a connection that was kept, just when it is used.
  @Test func aPageWhoseConnectionIsLostIsAskedForOnceMore() async throws {
    let site = Site { path, time in path == "/page" && time == 1 ? .closes : nil }
    let server = try site.serve()
    site["/page"] = "<p>seen words</p>"
    try await DocumentRun.run { run in
      let facts = source("\(server.url)/page", .page)
      try await run.append(SourceAdded.self, facts, key: StreamID(facts.source))
      _ = try await run.events { $0.count(DocumentIndexed.type) == 1 }
      #expect(try await run.search("seen").count == 1)
      #expect(site.asked == ["/robots.txt", "/page", "/page"])
    }
    server.stop()
  }

  @Test func noRedirectLeadsToWhatRobotsShallNotFetch() async throws {
    let site = Site()
    let server = try site.serve()
    site["/robots.txt"] = "User-agent: *\nDisallow: /private/\n"
    site["/private/page"] = "<h1>Secret</h1><p>hidden words</p>"
    site["/a"] = "-> /private/page"
    site["/b"] = "-> /c"
    site["/c"] = "-> \(server.url)/open"
    site["/open"] = "<h1>Open</h1><p>seen words</p>"
    site["/round"] = "-> /round"
    site["/map.xml"] =
      "<urlset>"
      + ["a", "b", "round"].map { "<url><loc>\(server.url)/\($0)</loc></url>" }.joined() + "</urlset>"
    try await DocumentRun.run { run in
      let facts = source("\(server.url)/map.xml", .sitemap)
      try await run.append(SourceAdded.self, facts, key: StreamID(facts.source))
      let records = try await run.events { $0.count(DocumentIndexed.type) == 1 }
      #expect(records.count(DocumentUploaded.type) == 1)
      #expect(
        try DocumentUploaded.read(records.first(DocumentUploaded.type)).facts.address == "\(server.url)/b")
      #expect(try await run.search("seen").count == 1)
      #expect(try await run.problem() == "\(server.url)/round: it is redirected without end")
      // The map, robots.txt and the page alone were sent whole.
      #expect(site.sent == 3)
    }
    server.stop()
  }

  @Test func theMapsThatAnIndexNamesAreReadAndNoFurtherIndex() async throws {
    let site = Site()
    let server = try site.serve()
    func index(_ paths: String...) -> String {
      "<sitemapindex>" + paths.map { "<sitemap><loc>\(server.url)\($0)</loc></sitemap>" }.joined()
        + "</sitemapindex>"
    }
    site["/index.xml"] = index("/one.xml", "/two.xml", "/deeper.xml")
    site["/one.xml"] = "<urlset><url><loc>\(server.url)/a</loc></url></urlset>"
    // The same page twice is one.
    site["/two.xml"] =
      "<urlset><url><loc>\(server.url)/b</loc></url><url><loc>\(server.url)/a</loc></url></urlset>"
    site["/deeper.xml"] = index("/three.xml")
    site["/three.xml"] = "<urlset><url><loc>\(server.url)/c</loc></url></urlset>"
    for page in ["a", "b", "c"] { site["/\(page)"] = "<h1>\(page)</h1><p>page \(page)\(page)</p>" }
    try await DocumentRun.run { run in
      let facts = source("\(server.url)/index.xml", .sitemap)
      try await run.append(SourceAdded.self, facts, key: StreamID(facts.source))
      let records = try await run.events { $0.count(DocumentIndexed.type) == 2 }
      let addresses = try records.filter { $0.event.type == DocumentUploaded.type }
        .compactMap { try DocumentUploaded.read($0.event).facts.address }
      #expect(Set(addresses) == ["\(server.url)/a", "\(server.url)/b"] && addresses.count == 2)
    }
    server.stop()
  }

  /// Pages are handed in as the look goes on, and who takes over goes on where it was.
  @Test func whoTakesOverALargeSiteGoesOnWithItsNextPages() async throws {
    let reached = Signal()
    let release = Signal()
    let site = Site { path, time in
      if path == "/60", time == 1 {
        reached.send()
        release.block()
      }
      return nil
    }
    let server = try site.serve()
    let paths = (1...120).map { "/\($0)" }
    for path in paths { site[path] = "<p>page \(path)</p>" }
    site["/map.xml"] =
      "<urlset>" + paths.map { "<url><loc>\(server.url)\($0)</loc></url>" }.joined() + "</urlset>"
    try await DocumentRun.run(indexes: false, crawls: false) { run in
      let facts = source("\(server.url)/map.xml", .sitemap)
      try await run.append(SourceAdded.self, facts, key: StreamID(facts.source))
      let first = run.crawler()
      await reached.wait()
      let begun = try await run.events { $0.count(DocumentUploaded.type) >= 50 }
      #expect(begun.count(DocumentUploaded.type) == 50)
      #expect(try await run.round() == [50, 120])
      await first.die()
      release.send()
      let second = run.crawler()
      let records = try await run.events { $0.count(DocumentUploaded.type) >= 120 }
      #expect(
        try Set(
          records.filter { $0.event.type == DocumentUploaded.type }
            .map { try DocumentUploaded.read($0.event).facts.address }
        ).count == 120)
      try await eventually("the look is at its end") { try await run.round() == nil ? true : nil }
      // The map and the pages of the first step were not asked for again.
      let asked = Dictionary(grouping: site.asked) { $0 }.mapValues(\.count)
      #expect((["/map.xml"] + paths.prefix(50)).allSatisfy { asked[$0] == 1 })
      #expect(asked["/60"] == 2 && asked["/120"] == 1)
      await second.die()
    }
    server.stop()
  }

  /// As uploads do: a part at a time, up to a bound.
  @Test func aLargePageIsStoredInPartsAndATooLargeOneNotAtAll() async throws {
    let site = Site()
    let server = try site.serve()
    // No text, so that it is read in no time.
    let line = "<!-- " + String(repeating: "filler ", count: 20_000) + "-->"
    site["/large"] = "<h1>Large</h1>" + String(repeating: line, count: 17) + "<p>The needle.</p>"
    site["/huge"] = "<h1>Huge</h1>" + String(repeating: line, count: 30)
    site["/map.xml"] =
      "<urlset><url><loc>\(server.url)/huge</loc></url><url><loc>\(server.url)/large</loc></url></urlset>"
    try await DocumentRun.run(crawledBytes: 3 << 20) { run in
      let facts = source("\(server.url)/map.xml", .sitemap)
      try await run.append(SourceAdded.self, facts, key: StreamID(facts.source))
      let records = try await run.events { $0.count(DocumentIndexed.type) == 1 }
      let uploaded = try DocumentUploaded.read(records.first(DocumentUploaded.type)).facts
      #expect(uploaded.title == "Large" && uploaded.bytes == site["/large"]?.utf8.count)
      #expect(try await run.search("needle").count == 1)
      #expect(try await run.problem() == "\(server.url)/huge: the page has more than 3145728 bytes")
      let parts = try await run.made.database.pool.withConnection {
        try $0.execute(
          "select count(*) from knowledge.part join knowledge.stored as s on s.id = stored where hash is not null"
        )[0]
        .int8(0)
      }
      #expect(parts == 3)
    }
    server.stop()
  }

  /// No answer is no permission.
  @Test func whereTheFileCannotBeHadNothingIsFetched() async throws {
    let site = Site { path, _ in path == "/robots.txt" ? .status("503 Service Unavailable") : nil }
    let server = try site.serve()
    site["/page"] = "<p>words</p>"
    try await DocumentRun.run { run in
      let facts = source("\(server.url)/page", .page)
      try await run.append(SourceAdded.self, facts, key: StreamID(facts.source))
      try await eventually("it was looked at") {
        try await run.made.database.pool.withConnection {
          try $0.execute("select from knowledge.source where problem is not null").isEmpty ? nil : true
        }
      }
      #expect(site.asked == ["/robots.txt"])
    }
    server.stop()
  }

  @Test func anAddressThatIsTooLongIsPassedOverAndItIsSaid() async throws {
    let site = Site()
    let server = try site.serve()
    let long = "/" + String(repeating: "a", count: 2_048)
    site[long] = "<p>words</p>"
    site["/short"] = "<p>words</p>"
    site["/map.xml"] =
      "<urlset>" + [long, "/short"].map { "<url><loc>\(server.url)\($0)</loc></url>" }.joined() + "</urlset>"
    try await DocumentRun.run { run in
      let facts = source("\(server.url)/map.xml", .sitemap)
      try await run.append(SourceAdded.self, facts, key: StreamID(facts.source))
      _ = try await run.events { $0.count(DocumentIndexed.type) == 1 }
      let problem = try await eventually("the source was looked at") {
        try await run.made.database.pool.withConnection { connection in
          try connection.execute("select problem from knowledge.source where problem is not null").first
            .map { $0.text(0) }
        }
      }
      #expect(problem.contains("2048 bytes"))
      #expect(!site.asked.contains(long) && site.asked.contains("/short"))
    }
    server.stop()
  }

  func source(
    _ address: String, _ kind: SourceAdded.Kind, everyHours: Int? = 1
  ) -> SourceAdded.Facts {
    SourceAdded.Facts(
      source: SourceID(UUID.version7()), address: address, kind: kind, everyHours: everyHours,
      language: "english", base: "site", tags: nil)
  }

  @Test func onlyWhatChangedIsHandedInAgainAndWhatIsGoneGoes() async throws {
    let site = Site()
    let server = try site.serve()
    @Sendable func map(_ paths: [String]) -> String {
      "<urlset>" + paths.map { "<url><loc>\(server.url)\($0)</loc></url>" }.joined() + "</urlset>"
    }
    site["/map.xml"] = map(["/a", "/b", "/c"])
    for page in ["a", "b", "c"] {
      site["/\(page)"] = "<h1>Page \(page)</h1><p>It says \(page)\(page)\(page).</p>"
    }
    try await DocumentRun.run { run in
      let facts = source("\(server.url)/map.xml", .sitemap)
      try await run.append(SourceAdded.self, facts, key: StreamID(facts.source))
      let first = try await run.events { $0.count(DocumentIndexed.type) == 3 }
      let uploaded = try DocumentUploaded.read(first.first(DocumentUploaded.type)).facts
      #expect(uploaded.title == "Page a" && uploaded.address == "\(server.url)/a" && uploaded.base == "site")
      #expect(try await run.search("aaa").count == 1)

      site["/a"] = "<h1>Page a</h1><p>Now xyz.</p>"
      site["/map.xml"] = map(["/a", "/b"])
      let sent = site.sent
      run.advance(hours: 1.1)
      let second = try await run.events {
        $0.count(DocumentIndexed.type) == 4 && $0.count(DocumentRemoved.type) == 2
      }
      #expect(second.count(DocumentUploaded.type) == 4)
      // The map and the page that changed; the other was not sent again.
      #expect(site.sent == sent + 2)
      try await eventually("the old text is gone") { try await run.search("aaa").isEmpty ? true : nil }
      #expect(try await run.search("xyz").count == 1)
      #expect(try await run.search("bbb").count == 1)

      try await run.append(SourceRemoved.self, .init(source: facts.source), key: StreamID(facts.source))
      run.advance(hours: 0.1)
      let removed = try await run.events { $0.keys(of: DocumentRemoved.type).count == 4 }
      #expect(removed.keys(of: DocumentRemoved.type) == removed.keys(of: DocumentUploaded.type))
    }
    server.stop()
  }

  @Test func whatWaitsToBeIndexedCanBeStopped() async throws {
    let site = Site()
    let server = try site.serve()
    site["/page"] = "<p>words</p>"
    try await DocumentRun.run(indexes: false) { run in
      let facts = source("\(server.url)/page", .page)
      try await run.append(SourceAdded.self, facts, key: StreamID(facts.source))
      let records = try await run.events { $0.count(DocumentUploaded.type) == 1 }
      let document = try DocumentUploaded.read(records.first(DocumentUploaded.type)).facts.document
      let (progress, isStopped) = try await run.made.database.pool.withTransaction { [tenant = run.tenant] in
        (
          try DocumentWork.progress(of: [document], tenant: tenant, on: $0.connection),
          try DocumentWork.cancel(document, of: tenant, in: $0)
        )
      }
      #expect(progress == [document: "queued"] && isStopped)
    }
    server.stop()
  }

  /// Of a source that is looked at once: nobody would come back to it.
  @Test(arguments: [(SourceAdded.Kind.page, "/page"), (.sitemap, "/map.xml")])
  func whatMayPassIsTriedAgainSoon(kind: SourceAdded.Kind, path: String) async throws {
    let site = Site { _, time in time <= 2 ? .status("503 Service Unavailable") : nil }
    let server = try site.serve()
    site["/page"] = "<p>words</p>"
    site["/map.xml"] = "<urlset><url><loc>\(server.url)/page</loc></url></urlset>"
    try await DocumentRun.run { run in
      let facts = source(server.url + path, kind, everyHours: nil)
      try await run.append(SourceAdded.self, facts, key: StreamID(facts.source))
      let time = Task {
        while !Task.isCancelled {
          try await Task.sleep(for: .milliseconds(100))
          run.advance(hours: 0.01)
        }
      }
      defer { time.cancel() }
      _ = try await run.events { $0.count(DocumentIndexed.type) == 1 }
      #expect(site.asked.count { $0 == "/page" } == 3)
      // Nothing is left to be done.
      try await eventually("the source is done with") {
        try await run.made.database.pool.withConnection {
          try $0.execute("select from stage.waiting where stage = 'crawl'").isEmpty ? true : nil
        }
      }
    }
    server.stop()
  }

  /// What is in the way for half an hour is told, and not tried for ever.
  @Test func whatDoesNotPassIsGivenUp() async throws {
    let site = Site { _, _ in .status("503 Service Unavailable") }
    let server = try site.serve()
    try await DocumentRun.run { run in
      let facts = source(server.url + "/map.xml", .sitemap, everyHours: nil)
      try await run.append(SourceAdded.self, facts, key: StreamID(facts.source))
      try await eventually("it is given up") {
        run.advance(hours: 0.1)
        return try await run.made.database.pool.withConnection { connection in
          let waiting = try connection.execute("select from stage.waiting where stage = 'crawl'")
          let known = try connection.execute("select problem from knowledge.source")
          return waiting.isEmpty && known.first?.text(0).contains("answered 503") == true ? true : nil
        }
      }
      #expect(site.asked.count == 7)
    }
    server.stop()
  }

  @Test func aPrivateAddressIsNotFetched() async throws {
    let site = Site()
    let server = try site.serve()
    site["/"] = "<p>secret</p>"
    try await DocumentRun.run(destination: .publicInternet) { run in
      let facts = source("\(server.url)/", .page)
      try await run.append(SourceAdded.self, facts, key: StreamID(facts.source))
      let problem = try await eventually("the source was looked at") {
        try await run.made.database.pool.withConnection { connection in
          try connection.execute("select problem from knowledge.source").first.map { $0.text(0) }
        }
      }
      #expect(problem.contains("address"))
      #expect(site.sent == 0)
    }
    server.stop()
  }
}
