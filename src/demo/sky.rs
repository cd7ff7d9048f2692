//! What the demo camera sees: a fisheye view of stars that turn around the pole, the Milky Way, a
//! horizon with trees, and clouds in bad nights.
use super::noise::Noise;

/// A picture in memory: RGB, rows from the top.
#[derive(Clone)]
pub struct Canvas {
    pub width: u16,
    pub height: u16,
    pub pixels: Vec<u8>,
}

impl Canvas {
    pub fn new(width: u16, height: u16) -> Self {
        Canvas { width, height, pixels: vec![0; usize::from(width) * usize::from(height) * 3] }
    }

    /// Makes a pixel brighter; outside the picture nothing happens.
    pub fn shine(&mut self, x: i32, y: i32, light: [f32; 3]) {
        if x < 0 || y < 0 || x >= i32::from(self.width) || y >= i32::from(self.height) {
            return;
        }
        let at = (y as usize * usize::from(self.width) + x as usize) * 3;
        for (pixel, more) in self.pixels[at..at + 3].iter_mut().zip(light) {
            *pixel = (f32::from(*pixel) + more).clamp(0.0, 255.0) as u8;
        }
    }

    /// A copy with fresh sensor noise of up to `strength` either way, the same in all colours but for
    /// a little.
    pub fn grainy(&self, strength: u8, noise: &mut Noise) -> Canvas {
        let mut grainy = self.clone();
        let span = u16::from(strength) * 2 + 1;
        for block in grainy.pixels.chunks_mut(6) {
            let bits = noise.next().to_le_bytes();
            for (pixel, bit) in block.iter_mut().zip(bits) {
                let grain = ((u16::from(bit) * span) >> 8) as i16 - i16::from(strength);
                *pixel = (i16::from(*pixel) + grain).clamp(0, 255) as u8;
            }
        }
        grainy
    }
}

/// The weather and the stars of one night.
#[derive(Debug, Clone, Copy)]
pub struct Sky {
    pub seed: u64,
    /// 0 clear, 1 overcast.
    pub clouds: f32,
    /// 0 new, 1 full.
    pub moon: f32,
}

impl Sky {
    /// Every third night is cloudy, and every fifth has a moon.
    pub fn of_night(seed: u64, index: u32) -> Sky {
        let clouds = if index % 3 == 1 { 0.85 } else { 0.08 * (index % 3) as f32 };
        Sky { seed: seed ^ (u64::from(index) << 32), clouds, moon: if index % 5 == 3 { 0.8 } else { 0.0 } }
    }

    /// Stars that the camera counts at its best.
    pub fn stars(&self) -> f32 {
        900.0 * (1.0 - self.clouds) * (1.0 - 0.5 * self.moon)
    }

    /// The view at `hour` 0..1 of the night (dusk, midnight at 0.5, dawn).
    pub fn view(&self, width: u16, height: u16, hour: f32) -> Canvas {
        let mut canvas = Canvas::new(width, height);
        let (w, h) = (f32::from(width), f32::from(height));
        let (cx, cy, radius) = (w / 2.0, h / 2.0, w.min(h) * 0.485);
        let dusk = dusk(hour);
        let (sin, cos) = turn(hour).sin_cos();
        let trees: Vec<f32> = {
            let mut noise = Noise::new(7, 7);
            (0..256).map(|_| 0.93 + noise.unit() * 0.04).collect()
        };
        let waves = self.waves();
        for y in 0..usize::from(height) {
            for x in 0..usize::from(width) {
                let (dx, dy) = ((x as f32 - cx) / radius, (y as f32 - cy) / radius);
                let far = dx * dx + dy * dy;
                let at = (y * usize::from(width) + x) * 3;
                if far > 0.86 {
                    let angle = ((dy.atan2(dx) / std::f32::consts::TAU + 0.5) * 255.0) as usize;
                    if far.sqrt() > trees[angle.min(255)] {
                        let ground = if far < 1.0 { [7, 8, 8] } else { [1, 1, 1] };
                        canvas.pixels[at..at + 3].copy_from_slice(&ground);
                        continue;
                    }
                }
                let glow = 16.0 + 26.0 * far * far + 90.0 * dusk * (0.5 + 0.5 * dx);
                let (rx, ry) = (dx * cos - dy * sin, dx * sin + dy * cos);
                let band = rx * 0.8 + ry * 0.55 - 0.1;
                let dust = 0.75 + 0.25 * (rx * 9.0 + ry * 4.0).sin() * (ry * 7.0).cos();
                let milky = (38.0 * (1.0 - band * band * 14.0)).max(0.0) * dust * (1.0 - self.clouds) * (1.0 - dusk);
                let cloud = self.cloud(dx, dy, hour, &waves);
                let light = glow + milky * (1.0 - cloud) + cloud * (46.0 + 30.0 * self.moon);
                canvas.pixels[at] = (light * 0.86 + cloud * 14.0).min(255.0) as u8;
                canvas.pixels[at + 1] = (light * 0.92 + cloud * 4.0).min(255.0) as u8;
                canvas.pixels[at + 2] = (light * 1.12 + 12.0 * dusk).min(255.0) as u8;
            }
        }
        self.draw_stars(&mut canvas, hour, &waves);
        if self.moon > 0.0 {
            self.draw_moon(&mut canvas, hour);
        }
        canvas
    }

    /// Draws the stars of another moment on top, as startrails do.
    pub fn add_stars(&self, canvas: &mut Canvas, hour: f32) {
        self.draw_stars(canvas, hour, &self.waves());
    }

    fn waves(&self) -> [f32; 6] {
        let mut drift = Noise::new(self.seed, 11);
        std::array::from_fn(|_| drift.unit() * std::f32::consts::TAU)
    }

    fn cloud(&self, dx: f32, dy: f32, hour: f32, waves: &[f32; 6]) -> f32 {
        if self.clouds < 0.02 {
            return 0.0;
        }
        let t = hour * 9.0;
        let wave = (dx * 3.1 + t + waves[0]).sin()
            + (dy * 4.3 - t * 0.6 + waves[1]).sin()
            + 0.6 * (dx * 8.7 - dy * 5.9 + t * 1.7 + waves[2]).sin();
        (wave * 0.28 + self.clouds * 2.0 - 0.7).clamp(0.0, 1.0)
    }

    fn draw_stars(&self, canvas: &mut Canvas, hour: f32, waves: &[f32; 6]) {
        let (turn, dark) = (turn(hour), 1.0 - dusk(hour));
        let (w, h) = (f32::from(canvas.width), f32::from(canvas.height));
        let radius = w.min(h) * 0.485;
        // The pole stands left of the zenith, and all turn around it. The stars are the same every night.
        let (px, py) = (-0.22, -0.3);
        let mut noise = Noise::new(42, 1);
        for n in 0..1400 {
            let (from, angle) = (noise.unit().sqrt() * 1.5, noise.unit() * std::f32::consts::TAU + turn);
            let (bright, warm) = (noise.unit(), noise.unit());
            let (dx, dy) = (px + from * angle.cos(), py + from * angle.sin());
            if dx * dx + dy * dy > 0.84 {
                continue;
            }
            let seen = dark * (1.0 - self.cloud(dx, dy, hour, waves)).max(0.0) * (1.0 - 0.4 * self.moon);
            let light = (26.0 + 200.0 * bright.powi(5) + 60.0 * bright) * seen;
            let color = [light * (0.8 + 0.3 * warm), light * 0.95, light * (1.15 - 0.3 * warm)];
            let (x, y) = ((w / 2.0 + dx * radius) as i32, (h / 2.0 + dy * radius) as i32);
            canvas.shine(x, y, color);
            if n % 9 == 0 || bright > 0.93 {
                let halo = color.map(|c| c * 0.5);
                for (ox, oy) in [(1, 0), (-1, 0), (0, 1), (0, -1)] {
                    canvas.shine(x + ox, y + oy, halo);
                }
            }
        }
    }

    fn draw_moon(&self, canvas: &mut Canvas, hour: f32) {
        let (w, h) = (f32::from(canvas.width), f32::from(canvas.height));
        let (x, y) = ((w * (0.3 + 0.3 * hour)) as i32, (h * (0.62 - 0.2 * hour)) as i32);
        let disc = (w.min(h) * 0.029) as i32;
        for oy in -disc * 3..=disc * 3 {
            for ox in -disc * 3..=disc * 3 {
                let far = ((ox * ox + oy * oy) as f32).sqrt() / disc.max(1) as f32;
                let light = if far < 1.0 { 230.0 } else { (90.0 * self.moon * (1.0 - far / 3.0)).max(0.0) };
                canvas.shine(x + ox, y + oy, [light, light, light * 0.92]);
            }
        }
    }
}

/// How much twilight there is, 0..1.
fn dusk(hour: f32) -> f32 {
    ((hour - 0.5).abs() * 2.0).powi(6)
}

/// How far the sky has turned, in radians.
fn turn(hour: f32) -> f32 {
    hour * 2.4
}
