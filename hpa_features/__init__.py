"""hpa-feat: landmark-relative features of four-channel confocal fields, and labels from them."""

__version__ = "0.1.0"
