import JSON
import TestKit
import Testing

struct RetentionRouteTests {
  @Test func rulesAreSaidAllAtOnceAndOfOneTenant() async throws {
    try await TestAPI.with { api in
      let none = try await api.v1("GET", "/retention")
      #expect(none.status == 200 && none.text == "{}")
      let said = try await api.v1("PUT", "/retention", #"{"contact_days":730,"inbound_days":7}"#)
      #expect(said.status == 200 && said.json?["contact_days"]?.int == 730)
      let fewer = try await api.v1("PUT", "/retention", #"{"file_days":90}"#)
      #expect(fewer.status == 200)
      #expect(try await api.v1("GET", "/retention").text == #"{"file_days":90}"#)
      let other = try await api.provisionAnother()
      #expect(try await api.call("GET", "/v1/retention", bearer: other.apiKey).text == "{}")
    }
  }

  @Test func whatIsNoNumberOfDaysIsRefusedByItsPlace() async throws {
    try await TestAPI.with { api in
      for bad in [
        #"{"inbound_days":31}"#, #"{"contact_days":0}"#, #"{"file_days":-1}"#, #"{"file_days":"7"}"#,
        #"{"contact_days":1.5}"#, #"{"contact_days":36501}"#,
      ] {
        let answer = try await api.v1("PUT", "/retention", bad)
        #expect(answer.status == 422 && answer.problem == "invalid-content", "\(bad): \(answer.text)")
      }
      #expect(try await api.v1("GET", "/retention").text == "{}")
    }
  }
}
