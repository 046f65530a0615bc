import EngineSettings
import Hardware
import Metrics
import Quantities
import Testing
import Workload

@testable import Serving

/// The API server: one thread for requests and tokens.
@Suite("front end") struct FrontEndTests {
  private func host(request: Double = 0, token: Double = 0, latency: Double = 0) -> DeviceProfile.Host {
    var host = DeviceProfile.Host()
    (host.perRequest, host.perOutputToken) = (Seconds(request), Seconds(token))
    host.frontEnd = Seconds(latency)
    return host
  }

  @Test("idle, it adds its latency to a request and one token's time to a token") func idle() {
    var server = FrontEnd(host(request: 1e-3, token: 2e-3, latency: 5e-3), release: .v0_15)
    #expect(abs(server.accept(at: 1).value - 1.006) < 1e-12)
    #expect(abs(server.arrival(0, sending: server.sendTokens(1, at: 2)).value - 2.002) < 1e-12)
  }

  @Test("tokens of one step leave one after the other, and a request waits for them") func queue() {
    var server = FrontEnd(host(request: 0.5, token: 1, latency: 10), release: .v0_15)
    let sending = server.sendTokens(3, at: 0)
    #expect((0..<3).map { server.arrival($0, sending: sending).value } == [1, 2, 3])
    #expect(server.accept(at: 1) == 13.5)
    #expect(server.arrival(0, sending: server.sendTokens(1, at: 2)) == 4.5)
  }

  @Test("it saturates: clients get no more tokens a second than it can send, and wait ever longer")
  func saturation() throws {
    var scene = try Scene(blocks: 20000)
    scene.device.host.perOutputToken = 1e-3
    for i in 0..<64 { scene.add(at: Double(i) * 1e-3, prompt: 16, output: 100) }
    let record = try scene.run()
    let last = record.requests.compactMap(\.finished).max() ?? 0
    #expect(last.value >= 6.4, "6,400 tokens at 1 ms each")
    #expect(last.value < 6.6)
    let engineEnd = try #require(record.steps.last).end
    #expect(engineEnd.value < 1, "the engine was done long before")
  }

  @Test("a capped client sends its next request when the last token has arrived, not when it was computed")
  func cap() throws {
    var scene = try Scene(blocks: 20000)
    scene.device.host.perOutputToken = 0.1
    scene.options.maxConcurrency = 1
    for _ in 0..<2 { scene.add(prompt: 16, output: 5) }
    let record = try scene.run()
    #expect(record.requests[1].sent == record.requests[0].finished)
  }
}
