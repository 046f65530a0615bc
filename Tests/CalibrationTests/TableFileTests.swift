import Foundation
import Hardware
import InputFiles
import Quantities
import Testing

@testable import Calibration

/// Tables of a CSV text as if read from a file of that name.
func tables(_ text: String, _ name: String = "t.csv") throws -> [KernelTable] {
  try TableFile.read(TextFile(path: name, bytes: Array(text.utf8)))
}

@Suite("kernel tables") struct TableFileTests {
  private func problem(_ text: String) -> String? {
    do {
      _ = try tables(text)
      return nil
    } catch {
      return "\(error)"
    }
  }

  @Test("the kind is told by the columns, the precision by name or column; duplicates become their median")
  func kinds() throws {
    let gemm = try tables("m,n,k,latency_us\r\n8,512,512,3\r\n8,512,512,9\r\n8,512,512,4\r\n1,2,3,1.5\r\n")
    #expect(gemm.map(\.kernel) == [.gemm16])
    #expect(
      Set(gemm[0].rows) == [
        .init(shape: .gemm(m: 8, n: 512, k: 512), time: 4e-6),
        .init(shape: .gemm(m: 1, n: 2, k: 3), time: 1.5e-6),
      ])
    #expect(try tables("latency_us,k,n,m\n1,3,2,1\n", "a/h100_gemm_fp8.csv").map(\.kernel) == [.gemm8])
    let decode = try tables(
      """
      batch,context,heads,kv_heads,head_dim,kv_dtype,kernel,latency_us
      4,100,32,8,128,fp8,fa3,10
      4,100,32,8,128,bfloat16,fa3,20
      """)
    #expect(decode.map(\.kernel) == [.decode16, .decode8])
    #expect(
      decode[1].rows.map(\.shape) == [
        .decode(batch: 4, context: 100, heads: 32, keyValueHeads: 8, headDim: 128)
      ])
    let prefill = try tables(
      "batch,seq_q,prefix,heads,kv_heads,head_dim,kv_dtype,latency_us\n4,100,7,32,8,128,bfloat16,20\n")
    #expect(
      prefill[0].rows.map(\.shape) == [
        .prefill(batch: 4, new: 100, cached: 7, heads: 32, keyValueHeads: 8, headDim: 128)
      ])
  }

  @Test("all-reduce takes vLLM's kernels up to 8 MiB and NCCL above, nothing else")
  func allReduce() throws {
    let found = try tables(
      """
      bytes,gpus,impl,latency_us
      1024,2,vllm_graph,4
      1024,2,vllm_eager,20
      1024,2,nccl_half,9
      16777216,2,vllm_graph,90
      16777216,2,nccl_half,80
      """)
    #expect(found.map(\.kernel) == [.allReduce])
    #expect(Set(found[0].rows.map { ($0.time.value * 1e6).rounded() }) == [4, 80])
  }

  @Test("what is wrong is said with file, line, value and what is allowed")
  func problems() {
    #expect(
      problem("a,b\n1,2\n")?.contains("known are m,n,k,working_set,latency_us; m,n,k,latency_us; batch,seq_q")
        == true)
    #expect(
      problem("m,n,k,time\n1,2,3,4\n") == "t.csv:1: no column latency_us; found are the columns m, n, k, time"
    )
    #expect(problem("m,n,k,latency_us\n") == "t.csv: no rows; the file ends after its header")
    #expect(
      problem("m,n,k,latency_us\n0,2,3,4\n1,2.5,3,4\n1,2,3,0\n1,2,3,nan\n1,2,3\n")?.split(separator: "\n")
        .map(String.init)
        == [
          "t.csv:2: m is '0'; allowed are whole numbers from 1 to 10,000,000",
          "t.csv:3: n is '2.5'; allowed are whole numbers from 1 to 10,000,000",
          "t.csv:4: latency_us is '0'; allowed are numbers from 0.001 to 60000000.0",
          "t.csv:5: latency_us is 'nan'; allowed are numbers from 0.001 to 60000000.0",
          "t.csv:6: 3 fields; the header has 4; the last line, so the file may have been cut off",
        ])
    #expect(
      problem("batch,context,heads,kv_heads,head_dim,kv_dtype,latency_us\n1,1,1,1,64,int4,5\n")
        == "t.csv:2: kv_dtype is 'int4'; allowed are bfloat16, float16, fp8, fp8_e4m3")
    #expect(
      problem("bytes,gpus,impl,latency_us\n1,2,gloo,5\n")
        == "t.csv: no rows of an implementation that is modelled")
  }

  @Test("every fourth shape of the domain is kept out, whatever the order of the file")
  func split() throws {
    let lines = (0..<400).map { "\($0 % 20 + 1),\(512 + 64 * ($0 / 20)),512,\(5 + $0)" } + ["1,32,32,2"]
    let forward = try tables("m,n,k,latency_us\n" + lines.joined(separator: "\n"))[0]
    let backward = try tables("m,n,k,latency_us\n" + lines.reversed().joined(separator: "\n"))[0]
    #expect(forward == backward)
    let (fitted, heldOut) = forward.split
    #expect(fitted.count == 300 && heldOut.count == 100)
    #expect(Set(fitted).isDisjoint(with: heldOut))
    // Rows of every m and of every n are among those kept out: the order is scattered.
    let (ms, ns) = (Set(heldOut.map { $0.shape.numbers[0] }), Set(heldOut.map { $0.shape.numbers[1] }))
    #expect(ms.count >= 18 && ns.count >= 18)
  }
}
