@testable import API
import Foundation
import HTTPClient
import JSON
import Logging
import ServiceLifecycle
import Telemetry
import TestKit
import Testing

struct OperationTests {
  @Test func aliveAndReadyAreTwoQuestions() async throws {
    try await TestAPI.with(readiness: { [ReadinessProblem(part: "model", detail: "does not answer")] }) {
      api in
      #expect(try await api.call("GET", "/healthz").status == 200)
      let ready = try await api.call("GET", "/readyz")
      #expect(ready.status == 503)
      #expect(ready.json?["problems"]?[0]?["part"]?.string == "model")
    }
  }

  @Test func aProcessWithoutTheAPISaysHowItIsAndNothingElse() async throws {
    let metrics = Metrics()
    metrics.counter("some_total", "Something.")[].add(3)
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let (ports, serving) = AsyncStream<Int>.makeStream()
    let probes = makeProbes(
      metrics: metrics, readiness: { [ReadinessProblem(part: "log", detail: "does not answer")] },
      host: "127.0.0.1", port: 0, logger: logger, onServing: { serving.yield($0) })
    let services = ServiceGroup(services: [probes], logger: logger)
    try await withThrowingTaskGroup { group in
      group.addTask { try await services.run() }
      var iterator = ports.makeAsyncIterator()
      let port = try #require(await iterator.next())
      let client = HTTPClient()
      defer { client.shutdown() }
      func get(_ path: String) async throws -> (status: Int, text: String) {
        let response = try await client.send(HTTPRequest(url: "http://127.0.0.1:\(port)\(path)"))
        return (response.status, String(decoding: response.body, as: UTF8.self))
      }
      #expect(try await get("/healthz").status == 200)
      #expect(try await get("/metrics").text.contains("some_total 3"))
      let ready = try await get("/readyz")
      #expect(ready.status == 503 && ready.text.contains("does not answer"))
      #expect(try await get("/v1/conversations").status == 404)
      await services.triggerGracefulShutdown()
      try await group.waitForAll()
    }
  }

  @Test func unknownPathsAndMethodsAreProblems() async throws {
    try await TestAPI.with { api in
      let missing = try await api.call("GET", "/nothing?secret=1")
      #expect(missing.status == 404 && missing.problem == "not-found")
      #expect(missing.json?["instance"]?.string == "/nothing")
      let wrong = try await api.call("DELETE", "/v1/conversations")
      #expect(wrong.status == 405 && wrong.problem == "method-not-allowed")
      #expect(wrong.headers["Allow"] == "GET")
    }
  }

  @Test func requestIDsAreEchoedOnlyWhenTheyAreHarmless() async throws {
    try await TestAPI.with { api in
      let named = try await api.call("GET", "/healthz", headers: [("X-Request-ID", "abc-1")])
      #expect(named.headers["X-Request-ID"] == "abc-1")
      let long = try await api.call(
        "GET", "/healthz", headers: [("X-Request-ID", String(repeating: "x", count: 129))])
      #expect(long.headers["X-Request-ID"]?.count == 36)
      let trace = try await api.call("GET", "/healthz", headers: [("traceparent", "00-zz-1-1")])
      #expect(trace.headers["traceparent"]?.hasPrefix("00-") == true)
      #expect(trace.headers["traceparent"]?.count == 55)
    }
  }

  @Test func metricsPassPrometheusOwnChecker() async throws {
    try await TestAPI.with { api in
      _ = try await api.webhook("{}")
      _ = try await api.call("GET", "/nothing")
      let metrics = try await api.call("GET", "/metrics")
      #expect(metrics.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
      #expect(metrics.text.contains(#"route="/webhooks/{channel}/{connection}",status="200""#))
      let said = try Tool.run(["promtool", "check", "metrics"], input: metrics.text)
      #expect(said.status == 0, "promtool (Debian package prometheus): \(said.output)")
    }
  }

  @Test func theDescriptionIsValidAndNamesEveryRoute() async throws {
    try await TestAPI.with { api in
      let served = try await api.call("GET", "/openapi.json")
      let check = """
        import json, sys
        from openapi_spec_validator import validate
        validate(json.load(sys.stdin))
        """
      let said = try Tool.run(["python3", "-c", check], input: served.text)
      #expect(said.status == 0, "openapi-spec-validator (PyPI): \(said.output)")
      let script = """
        import json, sys
        for path, item in json.load(sys.stdin)["paths"].items():
          for method in item: print(method.upper(), path)
        """
      let described = Set(
        try Tool.run(["python3", "-c", script], input: served.text).output.split(separator: "\n"))
      let answered = Set(api.routes.map { Substring($0) })
      #expect(described.subtracting(answered).isEmpty, "described, but not answered to")
      #expect(answered.subtracting(described).isEmpty, "answered to, but not described")
    }
  }
}
