import HTTPClient
import Testing

@testable import Models

@Suite struct OpenAIEndpointTests {
  @Test(arguments: [
    ("http://h:1", "http://h:1/v1/chat/completions"),
    ("http://h:1/", "http://h:1/v1/chat/completions"),
    ("https://api.openai.com/v1", "https://api.openai.com/v1/chat/completions"),
    ("https://api.openai.com/v1//", "https://api.openai.com/v1/chat/completions"),
    ("https://h/openai/v1", "https://h/openai/v1/chat/completions"),
    ("https://h/v1/chat/completions/", "https://h/v1/chat/completions"),
  ])
  func aBaseIsCompletedToTheAddressOfChats(base: String, url: String) {
    #expect(OpenAIEndpoint(base: base).url(of: "m") == url)
  }

  @Test(arguments: [
    ("7", 7_000), ("0.5", 500), ("999999999", 3_600_000), ("-1", nil), ("soon", nil), ("nan", nil),
  ])
  func aWaitIsReadInSecondsAndBounded(value: String, milliseconds: Int?) {
    #expect(retryAfter(HTTPHeaders([("Retry-After", value)])) == milliseconds.map { .milliseconds($0) })
  }
}
