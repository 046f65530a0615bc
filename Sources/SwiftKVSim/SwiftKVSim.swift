// One import for those who use the simulator from Swift code.
@_exported import CostModel
@_exported import EngineSettings
@_exported import Experiments
@_exported import Figures
@_exported import Hardware
@_exported import InputFiles
@_exported import Metrics
@_exported import Models
@_exported import Planning
@_exported import Quantities
@_exported import Results
@_exported import Serving
@_exported import Sweeps
@_exported import Workload
