import HTTPClient
import JSON
import StandIn
import Testing

@Suite("sent")
struct SentTests {
  private func texts(_ page: JSONValue) -> [String] {
    (page["items"]?.array ?? []).compactMap { $0["text"]?.string }
  }

  @Test func listsWhatWasSentByRecipientAndNumber() async throws {
    try await RunningStandIn.with { standIn async throws in
      for number in 1...4 {
        let recipient = number.isMultiple(of: 2) ? "15550102" : "15550101"
        _ = try await standIn.send(textBody("text \(number)", to: recipient))
      }
      #expect(texts(try await standIn.sent()) == ["text 1", "text 2", "text 3", "text 4"])
      #expect(texts(try await standIn.sent("?to=%2B15550102")) == ["text 2", "text 4"])
      #expect(texts(try await standIn.sent("?since=3")) == ["text 4"])
      #expect(texts(try await standIn.sent("?since=9223372036854775807")) == [])
    }
  }

  @Test func pagesThroughAllOfThem() async throws {
    try await RunningStandIn.with { standIn async throws in
      for number in 1...5 { _ = try await standIn.send(textBody("text \(number)")) }
      var seen: [String] = []
      var since: Int64? = 0
      while let place = since {
        let page = try await standIn.sent("?limit=2&since=\(place)")
        seen += texts(page)
        since = page["next"]?.int
      }
      #expect(seen == (1...5).map { "text \($0)" })
    }
  }

  @Test(arguments: ["?limit=0", "?limit=100001", "?since=-1", "?since=x"])
  func refusesAQueryOutOfBounds(_ query: String) async throws {
    try await RunningStandIn.with { standIn async throws in
      #expect(try await standIn.call("GET", "/sent\(query)").status == 400)
    }
  }

  @Test func forgetsTheOldestBeyondItsCapacity() async throws {
    try await RunningStandIn.with(StandInOptions(capacity: 2)) { standIn async throws in
      for number in 1...3 { _ = try await standIn.send(textBody("text \(number)", data: "same")) }
      let page = try await standIn.sent()
      #expect(texts(page) == ["text 2", "text 3"])
      #expect(page["last"]?.int == 3)
      #expect(page["kept"]?.int == 2)
      #expect(page["repeats"]?.int == 1)
    }
  }

  @Test func forgetsAllWhenAskedAndGoesOnCounting() async throws {
    try await RunningStandIn.with { standIn async throws in
      _ = try await standIn.send(textBody("before", data: "same"))
      #expect(try await standIn.call("DELETE", "/sent").status == 200)
      _ = try await standIn.send(textBody("after", data: "same"))
      let page = try await standIn.sent()
      #expect(texts(page) == ["after"])
      #expect(page["items"]?[0]?["number"]?.int == 2)
      #expect(page["repeats"]?.int == 0)
    }
  }

  @Test func reportsCallbackDataThatCameTwice() async throws {
    try await RunningStandIn.with { standIn async throws in
      for (text, data) in [("a", "1"), ("b", "2"), ("a", "1"), ("part 1", "3"), ("part 2", "3")] {
        _ = try await standIn.send(textBody(text, data: data))
      }
      _ = try await standIn.send(textBody("a"))
      let report = try await standIn.sent("?duplicates")
      #expect(report["repeats"]?.int == 2)
      let groups = report["duplicates"]?.array ?? []
      #expect(groups.map { $0["biz_opaque_callback_data"]?.string } == ["1", "3"])
      #expect(groups.map { $0["count"]?.int } == [2, 2])
      #expect(groups.map { $0["distinct_texts"]?.int } == [1, 2])
    }
  }

  @Test func givesEachSendAnIDOfItsOwnUnderConcurrentCallers() async throws {
    try await RunningStandIn.with { standIn async throws in
      let ids = try await withThrowingTaskGroup(of: String?.self) { group in
        for number in 0..<200 {
          group.addTask {
            try await standIn.send(textBody("text \(number)")).json["messages"]?[0]?["id"]?.string
          }
        }
        return try await group.reduce(into: Set<String?>()) { $0.insert($1) }
      }
      #expect(ids.count == 200)
      #expect(try await standIn.sent()["kept"]?.int == 200)
    }
  }

  @Test func showsAPageThatLoadsNothingFromElsewhere() async throws {
    try await RunningStandIn.with { standIn async throws in
      let page = try await standIn.call("GET", "/")
      #expect(page.status == 200)
      #expect(page.headers["Content-Type"] == "text/html; charset=utf-8")
      #expect(page.headers["Content-Security-Policy"]?.contains("default-src 'none'") == true)
      let text = String(decoding: page.body, as: UTF8.self)
      #expect(text.contains("<h1>WhatsApp stand-in</h1>"))
      #expect(!text.contains("http://") && !text.contains("https://"))
    }
  }
}
